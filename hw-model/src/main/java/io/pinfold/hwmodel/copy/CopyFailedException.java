package io.pinfold.hwmodel.copy;

import org.jspecify.annotations.Nullable;

/** Thrown when a job has started and cannot be finished. */
final class CopyFailedException extends Exception {

    private static final long serialVersionUID = 1L;

    CopyFailedException(String message) {
        super(message);
    }

    CopyFailedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
