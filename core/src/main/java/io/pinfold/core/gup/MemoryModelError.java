package io.pinfold.core.gup;

import java.io.Serial;

/**
 * The model's own state is wrong: a count dropped below zero, a frame freed twice, a free list that leads nowhere. A
 * kernel would stop here; nothing that the memory says afterwards can be trusted.
 */
public final class MemoryModelError extends Error {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * What the library throws; making one changes nothing.
     *
     * @param message names the frame and the values found
     */
    public MemoryModelError(String message) {
        super(message);
    }
}
