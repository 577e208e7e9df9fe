package io.pinfold.hwmodel.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Files that are none. A broken defence, run as root, replaces what it is given: never give it the machine's own. */
public final class Specials {

    private Specials() {
    }

    /** A pipe in a directory. */
    public static Path fifo(Path directory) throws IOException {
        Path fifo = directory.resolve("fifo");
        run("mkfifo", fifo.toString());
        return fifo;
    }

    /** A device that is full: one in the directory where that may be made, else the machine's, which then is safe. */
    public static Path full(Path directory) throws IOException {
        Path full = directory.resolve("full");
        if (!Files.isWritable(Path.of("/dev"))) {
            return Path.of("/dev/full");
        }
        run("mknod", full.toString(), "c", "1", "7");
        return full;
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + " did not work");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
