package io.pinfold.hwmodel.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What {@code /proc} says about a process. A signal has been sent when {@code kill} returns, and no more: it is taken
 * when the process has a processor, which takes a while on a loaded machine. Without {@code /proc} it is only known
 * whether the process is there.
 */
final class ProcessState {
    private static final Path PROC = Path.of("/proc");
    private static final String STOPPED = "Tt";
    /** Also one that its parent has not asked about yet. */
    private static final String ENDED = "ZXx";

    private ProcessState() {
    }

    /** Whether it will do nothing more: it has ended, or no parent has asked about its end yet. */
    static boolean hasEnded(ProcessHandle process) {
        return !process.isAlive() || isKnown() && everyThreadIs(process, ENDED);
    }

    /** Whether no thread of it runs, so that it starts no process; true, too, where that is not known. */
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
            return true; // has ended meanwhile
        } catch (IOException e) {
            return false;
        }
    }

    /** The letter behind the name, which stands in parentheses and may hold any character; X of a thread that has ended. */
    private static char stateOf(Path thread) {
        try {
            String stat = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return 'X';
        }
    }
}
