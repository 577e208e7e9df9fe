package io.pinfold.core.pgtable;

import io.pinfold.core.geometry.TableShape;

/**
 * The geometry of the page tables: the figures of {@code TableShape}, and what follows from them. Every figure passes
 * through a method, so that javac inlines none of them into other classes: a test artefact that puts another
 * {@code TableShape} first on the class path changes the geometry of the whole library, while the JIT still folds the
 * static finals. For the same reason no figure may be in a {@code case} label, and no code may assume 512 entries.
 *
 * <pre>
 *   address bits (default)   56..48   47..39   38..30   29..21   20..12   11..0
 *   level                    4 PGD    3 P4D    2 PUD    1 PMD    0 PTE    offset in the page
 * </pre>
 */
public final class Geometry {
    /** log2 of the bytes of a page. */
    public static final int PAGE_SHIFT = of(12);
    /** Bytes of a page, and of the frame that holds a table. */
    public static final int PAGE_BYTES = 1 << PAGE_SHIFT;
    /** Mask of the offset inside a page. */
    public static final long PAGE_OFFSET_MASK = PAGE_BYTES - 1L;
    /** log2 of the entries of a table. */
    public static final int BITS_PER_LEVEL = TableShape.bitsPerLevel();
    /** Levels of tables, root included. */
    public static final int LEVELS = TableShape.levels();
    /** Entries of a table. */
    public static final int ENTRIES = 1 << BITS_PER_LEVEL;
    /** Level of the tables that hold PTEs. */
    public static final int PTE = of(0);
    /** Level of the tables whose entries point to PTE tables. */
    public static final int PMD = of(1);
    /** Level of the tables whose entries point to PMD tables. */
    public static final int PUD = of(2);
    /** Level of the root table. */
    public static final int ROOT = LEVELS - 1;
    /** Highest level at which an entry may map pages itself; some machines allow it up to the root. */
    public static final int HIGHEST_LEAF = TableShape.highestLeaf();
    /** log2 of the bytes of an entry. */
    public static final int ENTRY_SHIFT = of(3);
    /** Whether an entry is read and written in two halves; see {@link Entries}. */
    public static final boolean SPLIT_ENTRIES = TableShape.splitEntries();
    /** Whether an upper entry may lead to a directory of huge entries; see {@link NonPresent#HUGEPD}. */
    public static final boolean HUGEPD = TableShape.hugepd();

    /**
     * End (exclusive) of the addresses a user may map: the lower half of what the tables can translate, less one guard
     * page, as on x86-64.
     */
    public static final long USER_END = (1L << (PAGE_SHIFT + LEVELS * BITS_PER_LEVEL - 1)) - PAGE_BYTES;
    /** Lowest address chosen for a mapping when the caller gives none; address 0 is never chosen. */
    public static final long USER_START = PAGE_BYTES;
    /**
     * End (exclusive) of the addresses chosen when the caller gives none; the search goes downwards from here. Linux
     * stays below 2^47 as well unless a hint is higher.
     */
    public static final long MMAP_BASE = Math.min(USER_END, (1L << 47) - PAGE_BYTES);

    private Geometry() {
    }

    /** Hides a figure from javac's constant folding; see the class comment. */
    private static int of(int value) {
        return value;
    }

    /** Pages that a leaf at {@code level} maps. */
    public static long leafPages(int level) {
        return 1L << leafOrder(level);
    }

    /** log2 of the pages that a leaf at {@code level} maps: the order of its folio. */
    public static int leafOrder(int level) {
        return level * BITS_PER_LEVEL;
    }

    /** log2 of the bytes one entry of a table at {@code level} covers. */
    public static int levelShift(int level) {
        return PAGE_SHIFT + level * BITS_PER_LEVEL;
    }

    /** Bytes one entry of a table at {@code level} covers. */
    public static long levelBytes(int level) {
        return 1L << levelShift(level);
    }

    /** Index of the entry that covers {@code address} in its table at {@code level}; 0 to {@link #ENTRIES} - 1. */
    public static int index(long address, int level) {
        return (int) (address >>> levelShift(level)) & (ENTRIES - 1);
    }

    /** Byte offset of that entry inside its table. */
    public static long entryOffset(long address, int level) {
        return (long) index(address, level) << ENTRY_SHIFT;
    }

    /**
     * {@link #entryOffset} for the level whose entries cover {@code 1 << shift} bytes: for a walk that counts in
     * shifts.
     */
    public static long offsetAt(long address, int shift) {
        return (address >>> shift & ENTRIES - 1) << ENTRY_SHIFT;
    }

    /** First address covered by the table at {@code level} that covers {@code address}. */
    public static long tableBase(long address, int level) {
        return address & -(1L << (levelShift(level) + BITS_PER_LEVEL));
    }

    /** First address behind the area that the entry of {@code address} at {@code level} covers. */
    public static long nextEntry(long address, int level) {
        long bytes = levelBytes(level);
        return (address & -bytes) + bytes;
    }

    /** The address rounded down to the area that its entry at {@code level} covers. */
    public static long floor(long address, int level) {
        return address & -levelBytes(level);
    }

    /** The address rounded down to its page. */
    public static long pageFloor(long address) {
        return address & ~PAGE_OFFSET_MASK;
    }

    /** The number of bytes rounded up to whole pages; wraps to 0 or less when there is no such number. */
    public static long pageCeil(long bytes) {
        return (bytes + PAGE_OFFSET_MASK) & ~PAGE_OFFSET_MASK;
    }

    /**
     * Whether {@code [address, address + bytes)} lies in the addresses that a user may map; {@code bytes} may be 0, not
     * negative.
     */
    public static boolean isUserRange(long address, long bytes) {
        return address >= 0 && bytes >= 0 && address <= USER_END && bytes <= USER_END - address;
    }
}
