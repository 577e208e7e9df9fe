package io.pinfold.core.gup;

import java.io.Serial;

/**
 * A frame handle is of a life that has ended: the frame was freed, and may be another owner's by now. The message names
 * the frame, the generation of the handle, and the one that the frame is in. The call changed nothing.
 */
public final class StaleHandleException extends MisuseException {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * What the library throws; making one changes nothing.
     *
     * @param message what was called, on what, and the values that were found
     */
    public StaleHandleException(String message) {
        super(message);
    }
}
