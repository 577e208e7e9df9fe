package io.pinfold.hwmodel.conformance;

/**
 * A range of user addresses.
 *
 * @param address first byte
 * @param bytes   length, at least 1
 */
record Span(long address, long bytes) {

    /** Whole pages. */
    static Span ofPages(long address, int pages) {
        return new Span(address, (long) pages * Scratch.PAGE_BYTES);
    }

    /** Pages that the range touches. */
    int pages() {
        long first = address / Scratch.PAGE_BYTES;
        return (int) ((address + bytes - 1) / Scratch.PAGE_BYTES - first + 1);
    }
}
