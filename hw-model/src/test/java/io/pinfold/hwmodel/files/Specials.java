package io.pinfold.hwmodel.files;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Special files. A faulty check, run as root, replaces the file that it is given: the tests never give it one of the
 * machine.
 */
public final class Specials {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Specials() {
    }

    /** Makes a pipe in a directory. */
    public static Path fifo(Path directory) throws IOException {
        Path fifo = directory.resolve("fifo");
        run("mkfifo", fifo.toString());
        return fifo;
    }

    /**
     * A device that is full: one made in the directory where that is permitted, else that of the machine, which is safe
     * then because the process may not replace it.
     */
    public static Path full(Path directory) throws IOException {
        Path full = directory.resolve("full");
        if (!Files.isWritable(Path.of("/dev"))) {
            return Path.of("/dev/full");
        }
        run("mknod", full.toString(), "c", "1", "7");
        return full;
    }

    private static void run(String... command) throws IOException {
        try {
            Ended ended = ChildProcess.run(new ProcessBuilder(command), LIMIT);
            if (ended.exit() != 0) {
                throw new IOException(String.join(" ", command) + " did not work: " + ended.errors());
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
