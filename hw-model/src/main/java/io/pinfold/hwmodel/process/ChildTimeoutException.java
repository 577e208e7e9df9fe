package io.pinfold.hwmodel.process;

import java.io.IOException;

/** Thrown when a child process had not ended within its limit; it and all its descendants were killed. */
public final class ChildTimeoutException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String output;

    ChildTimeoutException(String message, String output) {
        super(message);
        this.output = output;
    }

    /** The child's standard output so far; empty if that was redirected. */
    public String output() {
        return output;
    }
}
