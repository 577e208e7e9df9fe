package io.pinfold.core.gup;

import java.io.Serial;

/** The physical memory has no frame left for something that cannot report -ENOMEM: an access of a Cpu, a new space. */
public final class OutOfFramesException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * What the library throws; making one changes nothing.
     *
     * @param message what there was no frame for
     */
    public OutOfFramesException(String message) {
        super(message);
    }
}
