package io.pinfold.hwmodel.dma;

/** The result of a descriptor. */
public enum DmaStatus {
    /** All bytes moved, every frame the same one before and after. */
    DONE,
    /** All bytes moved, but at least one frame was freed after the scatter list was written. */
    STALE,
    /** The device ended before all bytes were moved. */
    SHORT,
    /**
     * A frame number the engine must not touch: outside RAM, a page table, or the zero page to be written. Nothing was
     * moved.
     */
    BAD_FRAME,
    /** The device failed, or returned an impossible number; some bytes may have been moved. */
    IO_ERROR,
    /** Never started: an earlier descriptor of its chain failed, or the engine closed. */
    CANCELLED;

    /** Whether all bytes were moved, so that the next descriptor of the chain may run. */
    boolean moved() {
        return this == DONE || this == STALE;
    }
}
