package io.pinfold.core.pgtable;

/**
 * Codec of entries that are neither none nor present, which name the place of a page that is elsewhere. The processor
 * faults on all of them, and every walker falls back. Only the fault handler and the code that put the entry there read
 * its fields.
 *
 * <pre>
 *   63..58  57..52              51..12                     11..9  8         7     6..5  4..1  0
 *   0       shift (HUGEPD), or  frame number, swap offset  0      PROTNONE  HUGE  0     kind  PRESENT
 *           52: DEPOSITED                                         = 0       = 0               = 0
 * </pre>
 *
 * <p>Above PTE level an entry stands for a whole folio and keeps the deposit of the leaf it took the place of ({@link
 * Entry#DEPOSITED}); one of a migration can be split into entries of the same kind. None of them holds a reference: the
 * code that puts one there takes over what the mapping held.
 *
 * <p>HUGE is never set here: a word with HUGE and without PRESENT and PROTNONE is a huge leaf that is being
 * invalidated, which walkers must treat as a leaf that permits nothing, and neither as a table nor as one of these
 * [R23].
 */
public final class NonPresent {
    /** The page is in swap. */
    public static final int SWAP = 1;
    /** The page is being moved; it was mapped for reading. */
    public static final int MIGRATION_READ = 2;
    /** The page is being moved; it was mapped for reading and exclusive. */
    public static final int MIGRATION_READ_EXCLUSIVE = 3;
    /** The page is being moved; it was mapped for writing. */
    public static final int MIGRATION_WRITE = 4;
    /** The page is in memory that only its device reaches; read. */
    public static final int DEVICE_PRIVATE = 5;
    /** The page is in memory that only its device reaches; write. */
    public static final int DEVICE_PRIVATE_WRITE = 6;
    /** A device has exclusive access to the page for some time. */
    public static final int DEVICE_EXCLUSIVE = 7;
    /** The memory of the page is broken. */
    public static final int HWPOISON = 8;
    /** A user-space fault handler left a mark. */
    public static final int UFFD_MARKER = 9;
    /** A directory of huge entries, in a geometry that has them; not a page that is elsewhere. */
    public static final int HUGEPD = 15;

    private static final int KIND_SHIFT = 1;
    private static final long KIND_MASK = 0xFL << KIND_SHIFT;
    private static final long STATE_MASK = Entry.PRESENT | Entry.PROTNONE | Entry.HUGE;
    private static final int SHIFT_SHIFT = 52;
    private static final long SHIFT_MASK = 0x3FL << SHIFT_SHIFT;

    private static final String[] NAMES = {"", "SWAP", "MIGRATION_READ", "MIGRATION_READ_EXCLUSIVE", "MIGRATION_WRITE",
            "DEVICE_PRIVATE", "DEVICE_PRIVATE_WRITE", "DEVICE_EXCLUSIVE", "HWPOISON", "UFFD_MARKER"};

    private NonPresent() {
    }

    /** The name of an entry's kind, for messages; also of kinds that there are not. */
    static String nameOf(long entry) {
        int kind = kind(entry);
        return kind == HUGEPD ? "HUGEPD" : kind > 0 && kind < NAMES.length ? NAMES[kind] : "kind " + kind;
    }

    /**
     * An entry of this kind.
     *
     * @param kind one of the constants
     * @param pfn the frame, or the place in swap
     */
    public static long make(int kind, long pfn) {
        return pfn << Entry.PFN_SHIFT & Entry.PFN_MASK | (long) kind << KIND_SHIFT & KIND_MASK;
    }

    /** A directory of entries of {@code 1 << shift} bytes each, in the frame {@code table}. */
    public static long makeHugepd(long table, int shift) {
        return make(HUGEPD, table) | (long) shift << SHIFT_SHIFT & SHIFT_MASK;
    }

    /** The kind of an entry; 0 if it is none, present, protnone or a huge leaf. */
    public static int kind(long entry) {
        return (entry & STATE_MASK) != 0 ? 0 : (int) ((entry & KIND_MASK) >>> KIND_SHIFT);
    }

    /**
     * The entry for a mapping that may no longer be written to: the kinds for writing become those for reading. The
     * page then comes back read-only, and a store faults.
     *
     * @param isPrivate whether a page of the mapping that could be written to was exclusive
     */
    public static long withoutWrite(long entry, boolean isPrivate) {
        int kind = kind(entry);
        if (kind == MIGRATION_WRITE) {
            return withKind(entry, isPrivate ? MIGRATION_READ_EXCLUSIVE : MIGRATION_READ);
        }
        return kind == DEVICE_PRIVATE_WRITE ? withKind(entry, DEVICE_PRIVATE) : entry;
    }

    private static long withKind(long entry, int kind) {
        return entry & ~KIND_MASK | (long) kind << KIND_SHIFT;
    }

    /** Whether the entry names the place of a page: any of this class but a directory. */
    static boolean isPage(long entry) {
        int kind = kind(entry);
        return kind != 0 && kind != HUGEPD;
    }

    /** Whether the entry is one of the three of a page that is being moved. */
    public static boolean isMigration(long entry) {
        int kind = kind(entry);
        return kind >= MIGRATION_READ && kind <= MIGRATION_WRITE;
    }

    /** log2 of the bytes each entry of a HUGEPD directory maps. */
    public static int hugepdShift(long entry) {
        return (int) ((entry & SHIFT_MASK) >>> SHIFT_SHIFT);
    }
}
