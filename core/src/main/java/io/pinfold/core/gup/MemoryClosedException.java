package io.pinfold.core.gup;

import java.io.Serial;

/**
 * A physical memory is closed: nothing of it can be allocated, walked, read or given back any more. The message names
 * the memory by size and address, as its {@code toString()} does.
 */
public final class MemoryClosedException extends MisuseException {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * What the library throws; making one changes nothing.
     *
     * @param message what was called, on what, and the values that were found
     */
    public MemoryClosedException(String message) {
        super(message);
    }
}
