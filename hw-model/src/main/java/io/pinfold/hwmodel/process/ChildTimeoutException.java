package io.pinfold.hwmodel.process;

import java.io.IOException;

/** A child process had not ended when its time was up; it and all it had started were ended. */
public final class ChildTimeoutException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String output;

    ChildTimeoutException(String message, String output) {
        super(message);
        this.output = output;
    }

    /** What the child had written to its standard output; empty if that went elsewhere. */
    public String output() {
        return output;
    }
}
