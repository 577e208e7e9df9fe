package io.pinfold.hwmodel.guptest;

/** Thrown when a test cannot start with these options; nothing was done. */
public final class GupTestRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    GupTestRefusedException(String message) {
        super(message);
    }

    GupTestRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
