package io.pinfold.core.mm;

/**
 * Flags of {@code mmap}, with the values of Linux. Exactly one of {@link #SHARED} and {@link #PRIVATE} is needed. A bit
 * that is not listed here is refused with -EINVAL (Linux ignores most unknown bits, which would promise what is not done).
 */
public final class MapFlags {
    /** Stores go to the object and are seen by all its mappings. */
    public static final int SHARED = 0x01;
    /** Stores go to a private copy. */
    public static final int PRIVATE = 0x02;
    /** Map exactly at the address, replacing what is there. */
    public static final int FIXED = 0x10;
    /** Memory without a file; with SHARED an unnamed shared object is made. */
    public static final int ANONYMOUS = 0x20;
    static final int ALL = SHARED | PRIVATE | FIXED | ANONYMOUS;

    private MapFlags() {
    }

    static boolean isValid(int flags) {
        int kind = flags & (SHARED | PRIVATE);
        return (flags & ~ALL) == 0 && (kind == SHARED || kind == PRIVATE);
    }
}
