package io.pinfold.hwmodel.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A command of the launcher: a class with picocli's {@code @Command}, a public constructor without parameters, a line
 * in {@code META-INF/services/io.pinfold.hwmodel.cli.PinfoldCommand}, and one in {@code commands.txt} ({@link
 * CommandList}). {@link #call} returns the exit code.
 */
public interface PinfoldCommand extends Callable<Integer> {

    /** Exit code: the job was done and found nothing wrong. */
    int DONE = 0;
    /** Exit code: the job ran, and it found a fault or its result could not be written. */
    int FOUND = 1;
    /** Exit code: the command was used wrongly; nothing was done. */
    int USAGE = 2;
    /**
     * Exit code: the command could not be started. The launcher ends with 70 to 78 when it could not start it either.
     */
    int NOT_STARTED = 70;

    /**
     * Thrown by a command whose arguments, taken together, make no sense: reported with the usage hint, exit code 2.
     */
    final class UsageException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        /**
         * @param message for the user, with the values
         * @param cause   exception that refused them; null without one
         */
        public UsageException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Thrown when the job is done and its result cannot be written: reported in one line, exit code 1. */
    final class UnwrittenException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        /**
         * @param message for the user, with the name of the file
         * @param cause   exception of the system
         */
        public UnwrittenException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
