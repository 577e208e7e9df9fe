package io.pinfold.core.gup;

import java.io.Serial;

/**
 * What is given back is not held any more: it was released, frozen, freed or closed before. The message names it and
 * what was found instead. Nothing was dropped.
 */
public final class DoubleReleaseException extends MisuseException {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * What the library throws; making one changes nothing.
     *
     * @param message what was called, on what, and the values that were found
     */
    public DoubleReleaseException(String message) {
        super(message);
    }
}
