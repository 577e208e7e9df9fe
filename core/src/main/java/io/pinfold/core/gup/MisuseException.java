package io.pinfold.core.gup;

import java.io.Serial;

/**
 * A call that the state of its object does not allow, found before anything was changed. The message has the values
 * that were found, and where there is one the remedy. Four kinds tell what a caller may want to treat apart: {@link
 * MemoryClosedException}, {@link StaleHandleException}, {@link DoubleReleaseException} and {@link WrongKindException}.
 * All else is of this type itself: an address space, a session or an object is closed, a batch is in use by another
 * thread or holds pages, a guard no longer holds its lock, a close finds something still in use.
 *
 * <p>An argument that is wrong by itself, whatever the state, is an IllegalArgumentException or an
 * IndexOutOfBoundsException.
 */
public sealed class MisuseException extends IllegalStateException permits MemoryClosedException, StaleHandleException,
        DoubleReleaseException, WrongKindException {
    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * What the library throws; making one changes nothing.
     *
     * @param message what was called, on what, and the values that were found
     */
    public MisuseException(String message) {
        super(message);
    }

    /**
     * The same with what was thrown below.
     *
     * @param message what was called, on what, and the values that were found
     * @param cause what was thrown below
     */
    public MisuseException(String message, Throwable cause) {
        super(message, cause);
    }
}
