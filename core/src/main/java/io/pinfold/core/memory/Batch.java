package io.pinfold.core.memory;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.internal.BatchDoor;
import io.pinfold.core.memory.batch.HeldPages;

/**
 * What one call of the GUP family obtained, and the right to give it back: as a list of pages ({@link PageBatch}) or of
 * extents ({@link ExtentBatch}). The caller owns it and uses it again and again; it knows why a short count was short,
 * and whether it holds gets or pins, so that what was pinned can only be unpinned, once, on its own memory.
 *
 * <p>It may be filled on one thread and released on another, without further synchronisation; at any time one thread
 * uses it, and of two that fill or release at once one gets an exception. A batch that holds pages keeps its memory
 * from closing. If a batch is dropped while it holds pages they stay held, and {@link PhysicalMemory#close} names it as
 * leaked.
 *
 * <p>It may be given back in parts; the part that is left is held as before. A part that was given back already is
 * refused as a whole, before anything is dropped.
 *
 * @param <H> what it holds, {@link Hold.Get} or {@link Hold.Pin}: known to the compiler alone
 */
@SuppressWarnings("exports") // of the superclass, which has no members for users
public abstract sealed class Batch<H extends Hold> extends BatchDoor implements AutoCloseable
        permits PageBatch, ExtentBatch {
    private final PhysicalMemory memory;
    private final HeldPages held;

    Batch(PhysicalMemory memory, HeldPages held) {
        super(held);
        this.memory = memory;
        this.held = held;
    }

    /** {@return the memory whose pages it holds} */
    public final PhysicalMemory memory() {
        return memory;
    }

    /** {@return pages held now; 0 when everything is given back} */
    public final int size() {
        return held.size();
    }

    /**
     * {@return why the last call obtained less than it was asked for: a positive number of
     * {@link io.pinfold.core.gup.Errno}, or 0}
     */
    public final int stopReason() {
        return held.stopReason();
    }

    /**
     * {@return address of the first page that the last call did not obtain; of no meaning while {@link #stopReason} is
     * 0}
     */
    public final long stopAddress() {
        return held.stopAddress();
    }

    /** {@return whether it holds pins (and not gets, nor nothing)} */
    public final boolean isPinned() {
        return held.isPinned();
    }

    /** {@return whether it holds pages} */
    public final boolean isHeld() {
        return held.isHeld();
    }

    /**
     * Gives the control block back; nothing happens if that was done before.
     *
     * @throws MisuseException if pages are held, or it is being filled or released
     */
    @Override
    public final void close() {
        held.close();
    }

    @Override
    public final String toString() {
        return held.toString();
    }
}
