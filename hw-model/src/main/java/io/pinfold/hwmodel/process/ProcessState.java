package io.pinfold.hwmodel.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The state of a process in {@code /proc}. When {@code kill} returns, the signal has only been sent: the process takes
 * it when it runs next, which takes a while on a loaded machine. Without {@code /proc} only the existence of the
 * process is known.
 */
final class ProcessState {
    private static final Path PROC = Path.of("/proc");
    private static final String STOPPED = "Tt";
    /** The state letters of a process or thread that has ended, zombies included. */
    private static final String ENDED = "ZXx";

    private ProcessState() {
    }

    /** Whether it will do nothing more: it has ended, or is a zombie. */
    static boolean hasEnded(ProcessHandle process) {
        return !process.isAlive() || isKnown() && everyThreadIs(process, ENDED);
    }

    /** Whether no thread of it runs, so that it starts no process; true, too, where that is unknown. */
    static boolean isStill(ProcessHandle process) {
        return !process.isAlive() || !isKnown() || everyThreadIs(process, STOPPED + ENDED);
    }

    private static boolean isKnown() {
        return Files.exists(PROC.resolve("self/stat"));
    }

    private static boolean everyThreadIs(ProcessHandle process, String states) {
        try (Stream<Path> threads = Files.list(PROC.resolve(process.pid() + "/task"))) {
            return threads.allMatch(thread -> states.indexOf(stateOf(thread)) >= 0);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return true; // it has ended meanwhile
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * The state letter after the name, which stands in parentheses and may hold any character; X for a thread that has
     * ended.
     */
    private static char stateOf(Path thread) {
        try {
            String stat = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return 'X';
        }
    }
}
