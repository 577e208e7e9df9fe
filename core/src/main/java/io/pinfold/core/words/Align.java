package io.pinfold.core.words;

/** Sizes and alignment arithmetic shared by everything that computes addresses. */
public final class Align {
    /** log2 of {@link #PAGE_BYTES}. */
    public static final int PAGE_SHIFT = 12;

    /** Bytes of a base page, of a frame and of a page table. */
    public static final int PAGE_BYTES = 1 << PAGE_SHIFT;

    /**
     * What a base kept as a page number is masked with before it is shifted back: {@code long base = (basePage &
     * PAGE_NUMBER_MASK) << PAGE_SHIFT}. With the mask the compiler can prove that the address is page-aligned and not
     * negative, which removes two compares from every access through it.
     */
    public static final long PAGE_NUMBER_MASK = 0x7_FFFF_FFFFL;

    /** log2 of the bytes of a long word. */
    private static final int WORD_SHIFT = 3;
    private static final long WORD_NUMBER_MASK = 0xFFF_FFFF_FFFFL;

    /** Two lines of 64 bytes: neighbouring lines are fetched in pairs, so two writers must be this far apart. */
    public static final int NO_SHARING_BYTES = 128;

    private Align() {
    }

    /** The address of a long word in the form an instance field should keep it in; for {@link #wordAddress}. */
    public static long wordNumber(long address) {
        return address >>> WORD_SHIFT;
    }

    /**
     * The address of a word kept as {@link #wordNumber}. As with page numbers, the mask proves to the compiler that it
     * is aligned and not negative; an address read from a field would be tested for both at every access.
     */
    public static long wordAddress(long wordNumber) {
        return (wordNumber & WORD_NUMBER_MASK) << WORD_SHIFT;
    }

    /** {@code value} rounded up to a multiple of {@code powerOfTwo}; both non-negative. */
    public static long up(long value, long powerOfTwo) {
        return (value + powerOfTwo - 1) & -powerOfTwo;
    }

    /** {@code value} rounded down to a multiple of {@code powerOfTwo}. */
    public static long down(long value, long powerOfTwo) {
        return value & -powerOfTwo;
    }

    /** Whether {@code value} is a multiple of {@code powerOfTwo}. */
    public static boolean isAligned(long value, long powerOfTwo) {
        return (value & (powerOfTwo - 1)) == 0;
    }
}
