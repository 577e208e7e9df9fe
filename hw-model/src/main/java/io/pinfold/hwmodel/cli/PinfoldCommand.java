package io.pinfold.hwmodel.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A command of the launcher: a class with picocli's {@code @Command}, a public constructor without parameters, a line in
 * {@code META-INF/services/io.pinfold.hwmodel.cli.PinfoldCommand}, and one in {@code commands.txt} ({@link CommandList}).
 * {@link #call} answers the exit code.
 */
public interface PinfoldCommand extends Callable<Integer> {

    /** The job was done and found nothing wrong. */
    int DONE = 0;
    /** The job ran and something is wrong: what it found, or its result could not be written. */
    int FOUND = 1;
    /** The command was used wrongly; nothing was done. */
    int USAGE = 2;
    /** The command could not be started; the launcher ends with 70 to 78, too, when it could not start it. */
    int NOT_STARTED = 70;

    /** Thrown by a command whose arguments, taken together, make no sense: told with the usage hint, exit code 2. */
    final class UsageException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        /**
         * @param message for the user, with the values
         * @param cause   what refused them, if anything else did
         */
        public UsageException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Thrown when the job is done and its result cannot be written: told in one line, exit code 1. */
    final class UnwrittenException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        /**
         * @param message for the user, with the name of the file
         * @param cause   what the system said
         */
        public UnwrittenException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
