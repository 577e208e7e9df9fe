package io.pinfold.core.memory;

/** Signatures only; filled in next. */
public final class Grab {
    /** Count was 0: free or frozen. */
    public static final long REFUSED_ZERO = -1;
    /** Count is negative: overflowed. */
    public static final long REFUSED_OVERFLOW = -2;
    /** LONGTERM and not pinnable. */
    public static final long REFUSED_UNPINNABLE = -3;
    /** Neither or both of GET and PIN. */
    public static final long REFUSED_FLAGS = -4;

    private Grab() {
    }

    public static long trySpeculative(PhysicalMemory memory, long pfn, int n, int flags, FreeBatch deferred) {
        throw new UnsupportedOperationException();
    }

    public static long tryStable(PhysicalMemory memory, long pfn, int n, int flags) {
        throw new UnsupportedOperationException();
    }

    public static void undo(PhysicalMemory memory, long token, FreeBatch deferred) {
        throw new UnsupportedOperationException();
    }

    /** The folio's head. */
    public static long headPfn(long token) {
        throw new UnsupportedOperationException();
    }

    /** How many pins the token stands for in the statistics: n, or 0 for a get and for the zero page. */
    public static int countedPins(long token) {
        throw new UnsupportedOperationException();
    }

    /** How often the head moved under the grab before it succeeded (saturates at 7): roll-backs HEAD_MOVED. */
    public static int headMoves(long token) {
        throw new UnsupportedOperationException();
    }

    /**
     * The token of a grab of one page that the fast walk did by itself, in line: +1 (FOLL_GET) or +1024 (FOLL_PIN) on the
     * order-0 page {@code pfn}. Positive; {@link #undo} takes exactly that off again, whatever the record says by then.
     */
    public static long orderZeroToken(long pfn, int flags) {
        throw new UnsupportedOperationException();
    }

    /**
     * The token of {@code n} references on one folio that a caller holds since long, derived again from the record, which is
     * stable while they are held: for giving back the pages of a call that is undone as a whole. A pin of the zero page
     * gives a token that counts nothing.
     */
    public static long tokenOfHeld(PhysicalMemory memory, long pfn, int n, int flags) {
        throw new UnsupportedOperationException();
    }
}
