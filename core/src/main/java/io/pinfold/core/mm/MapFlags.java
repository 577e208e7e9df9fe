package io.pinfold.core.mm;

import io.pinfold.core.mm.hugetlb.HugetlbPages;
import io.pinfold.core.pgtable.Geometry;

/**
 * Flags of {@code mmap}, with the values of Linux. Exactly one of {@link #SHARED} and {@link #PRIVATE} is needed. A bit
 * that is not listed here is refused with -EINVAL (Linux ignores most unknown bits, which would promise what is not
 * done).
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
    /**
     * Reserved huge pages: every page is mapped by a leaf. The size is {@link #HUGE_2MB}, {@link #HUGE_1GB} or what
     * {@link #hugeSize} says; without any, that of a PMD leaf.
     */
    public static final int HUGETLB = 0x40000;
    /** The highest six bits say log2 of the bytes of a huge page. */
    public static final int HUGE_SHIFT = 26;
    /** With HUGETLB: huge pages of 2 MiB. */
    public static final int HUGE_2MB = 21 << HUGE_SHIFT;
    /** With HUGETLB: huge pages of 1 GiB. */
    public static final int HUGE_1GB = 30 << HUGE_SHIFT;

    private static final int HUGE_SIZE = 0x3F << HUGE_SHIFT;
    private static final int ALL = SHARED | PRIVATE | FIXED | ANONYMOUS;
    private static final int ALL_HUGE = ALL | HUGETLB | HUGE_SIZE;

    private MapFlags() {
    }

    static boolean isValid(int flags) {
        int kind = flags & (SHARED | PRIVATE);
        int known = (flags & HUGETLB) != 0 ? ALL_HUGE : ALL;
        return (flags & ~known) == 0 && (kind == SHARED || kind == PRIVATE);
    }

    /**
     * The size bits for huge pages of leaves at a level, whatever the geometry.
     *
     * @param level 1 for PMD leaves, 2 for PUD leaves
     * @return bits for the flags of {@code mmap}, beside HUGETLB
     */
    public static int hugeSize(int level) {
        return Geometry.levelShift(level) << HUGE_SHIFT;
    }

    /** Level of the leaves that flags with HUGETLB ask for; 0 if there are none of that size. */
    static int hugetlbLevel(int flags) {
        int shift = (flags & HUGE_SIZE) >>> HUGE_SHIFT;
        for (int level = Geometry.PMD; level <= Geometry.HIGHEST_LEAF; level++) {
            boolean isAsked = shift == 0 ? level == Geometry.PMD : shift == Geometry.levelShift(level);
            if (isAsked && HugetlbPages.isPossible(level)) {
                return level;
            }
        }
        return 0;
    }
}
