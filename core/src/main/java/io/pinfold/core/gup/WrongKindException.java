package io.pinfold.core.gup;

import java.io.Serial;

/**
 * Something is held, but of the other kind: a get is unpinned, or a pin is put. The message names what is held and how
 * many there are. Nothing was dropped, and the right call still gives it back.
 */
public final class WrongKindException extends MisuseException {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * What the library throws; making one changes nothing.
     *
     * @param message what was called, on what, and the values that were found
     */
    public WrongKindException(String message) {
        super(message);
    }
}
