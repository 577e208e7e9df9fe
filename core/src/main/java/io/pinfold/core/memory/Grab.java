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
}
