package io.pinfold.core.mm.space;

import io.pinfold.core.words.Words;

/**
 * The control block of an address space: the words that walkers read without a lock. It lies in memory of its own that
 * is never unmapped while the {@code AddressSpace} is reachable, so a late walker reads "closed" and not the words of
 * another space. A walker must keep the space reachable ({@code Reference.reachabilityFence}) for as long as it uses
 * the address.
 *
 * <pre>
 *   bytes    field               modes
 *   0..7     ROOT                frame number of the root table, 0 = closed; volatile both sides
 *   8..11    WRITE_PROTECT_SEQ   odd while fork write-protects; not written yet
 *   16..23   MM_FLAGS            bit 0 HAS_PINNED: sticky, set before the first pin (volatile or)
 *                                bit 1 HAS_HUGE_ZERO: sticky, the space counts as a user of the huge zero page
 *   24..31   ID                  constant
 * </pre>
 */
public final class MmControl {
    public static final int ROOT = 0;
    public static final int WRITE_PROTECT_SEQ = 8;
    public static final int MM_FLAGS = 16;
    public static final int ID = 24;
    /** Two cache lines: the words are read by every walker and must not share a line with anything that is written. */
    public static final int BYTES = 128;

    /** MM_FLAGS: some page of the space was pinned at some time. */
    public static final long HAS_PINNED = 1L;

    /** MM_FLAGS: the space counts as a user of the huge zero page of its memory. */
    public static final long HAS_HUGE_ZERO = 2L;

    private MmControl() {
    }

    /** Sets HAS_PINNED; tests first, so that the line is not written again by every pin. Precedes the first grab. */
    public static void setHasPinned(long control) {
        if ((Words.getLongVolatile(control + MM_FLAGS) & HAS_PINNED) == 0) {
            long _ = Words.getAndBitwiseOrLong(control + MM_FLAGS, HAS_PINNED);
        }
    }
}
