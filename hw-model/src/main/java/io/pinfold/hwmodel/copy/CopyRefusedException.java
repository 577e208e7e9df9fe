package io.pinfold.hwmodel.copy;

/** Thrown when a job cannot start with these inputs; nothing was done, no file was touched. */
public final class CopyRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CopyRefusedException(String message) {
        super(message);
    }

    CopyRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
