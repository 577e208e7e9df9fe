package io.pinfold.core.pgtable;

import io.pinfold.core.memory.frame.Blocks;

/**
 * Codec of a page-table entry: a 64-bit word with the bit positions of x86-64.
 *
 * <pre>
 *   63   62..59  58      57..53  52         51..12
 *   NX   key     DEVMAP  -       DEPOSITED  frame number
 *
 *   11          10       9        8          7     6      5         4..3  2     1      0
 *   SOFT_DIRTY  UFFD_WP  SPECIAL  PROTNONE*  HUGE  DIRTY  ACCESSED  -     USER  WRITE  PRESENT
 * </pre>
 *
 * <p>PROTNONE counts only while PRESENT is clear (hardware calls the bit "global" otherwise). An entry is in exactly
 * one state: <em>none</em> (all zero), <em>table</em>, <em>leaf</em> (present), <em>protnone</em> (a leaf whose access
 * is refused), <em>invalidated</em> (above PTE level: HUGE without PRESENT and PROTNONE, a leaf that is just being
 * split), or <em>non-present</em> (neither PRESENT nor PROTNONE nor HUGE but not zero: swap, migration and the like,
 * see {@link NonPresent}; an access faults).
 *
 * <p>Frame numbers have 40 bits here; the memory's own limit is smaller, and every number taken from an entry is
 * checked against it.
 */
public final class Entry {
    public static final long PRESENT = 1L;
    public static final long WRITE = 1L << 1;
    public static final long USER = 1L << 2;
    public static final long ACCESSED = 1L << 5;
    public static final long DIRTY = 1L << 6;
    public static final long HUGE = 1L << 7;
    public static final long PROTNONE = 1L << 8;
    public static final long SPECIAL = 1L << 9;
    public static final long UFFD_WP = 1L << 10;
    public static final long SOFT_DIRTY = 1L << 11;
    /** A software bit: a table is put by for the split of this leaf, see {@link Deposits}. */
    public static final long DEPOSITED = 1L << 52;
    public static final long DEVMAP = 1L << 58;
    public static final long NO_EXEC = 1L << 63;

    public static final int PFN_SHIFT = 12;
    public static final int PFN_BITS = 40;
    public static final long PFN_MASK = ((1L << PFN_BITS) - 1) << PFN_SHIFT;
    public static final int KEY_SHIFT = 59;
    public static final long KEY_MASK = 0xFL << KEY_SHIFT;

    /** The bits that decide about access; {@link #accessPermitted} and {@code mprotect} use them. */
    public static final long PERMISSION_MASK = PRESENT | WRITE | USER | PROTNONE | KEY_MASK | NO_EXEC;

    /** The entry of an empty slot. */
    public static final long NONE = 0L;
    /** Bits of an entry that points to a lower table: the leaf alone decides about permission. */
    private static final long TABLE_BITS = PRESENT | WRITE | USER | ACCESSED | DIRTY;
    /**
     * The entry that a freed table is filled with. It is present and writable, but its frame number is beyond every
     * memory, so a late walker fails its range check and does not reach the frame of another owner.
     */
    public static final long POISON = Blocks.TABLE_POISON;

    private Entry() {
    }

    /** A leaf or protnone entry: the frame and the permission bits of its VMA. */
    public static long make(long pfn, long bits) {
        return (pfn << PFN_SHIFT & PFN_MASK) | bits;
    }

    /** A leaf above PTE level: its first frame and the permission bits of its VMA. */
    public static long makeLeaf(long pfn, long bits) {
        return make(pfn, bits | HUGE);
    }

    /** The entry in place of a leaf while it is split: it permits nothing, is no table and not none; the rest stays. */
    public static long invalidated(long leaf) {
        return leaf & ~(PRESENT | PROTNONE);
    }

    /** An entry that points to the table in frame {@code pfn}. */
    public static long makeTable(long pfn) {
        return make(pfn, TABLE_BITS);
    }

    public static long pfn(long entry) {
        return (entry & PFN_MASK) >>> PFN_SHIFT;
    }

    public static boolean isNone(long entry) {
        return entry == NONE;
    }

    /** PRESENT, or protnone: something is mapped, though access may be refused. */
    public static boolean isPresent(long entry) {
        return (entry & (PRESENT | PROTNONE)) != 0;
    }

    /** Mapped, but no access is permitted: PROT_NONE or a NUMA hint. */
    public static boolean isProtnone(long entry) {
        return (entry & (PRESENT | PROTNONE)) == PROTNONE;
    }

    /** Not none and not present: swap, migration, poison. */
    public static boolean isNonPresent(long entry) {
        return entry != NONE && !isPresent(entry);
    }

    /** At PMD level and above: the entry points to a lower table. */
    public static boolean isTable(long entry) {
        return (entry & (PRESENT | HUGE)) == PRESENT;
    }

    /** At PMD level and above: the entry maps a page itself. */
    public static boolean isHuge(long entry) {
        return (entry & HUGE) != 0 && isPresent(entry);
    }

    /** Above PTE level: a leaf that is just being split. */
    public static boolean isInvalidated(long entry) {
        return (entry & (HUGE | PRESENT | PROTNONE)) == HUGE;
    }

    /** Whether the entry is a leaf, invalidated or not, or took the place of one, for which a table is put by. */
    public static boolean isDeposited(long entry) {
        return (entry & DEPOSITED) != 0 && ((entry & HUGE) != 0 || NonPresent.isPage(entry));
    }

    /** Whether the page record must not be read: for the zero page and raw frames. */
    public static boolean isSpecial(long entry) {
        return (entry & SPECIAL) != 0;
    }

    public static boolean isDevmap(long entry) {
        return (entry & DEVMAP) != 0;
    }

    public static boolean isWritable(long entry) {
        return (entry & WRITE) != 0;
    }

    public static boolean isDirty(long entry) {
        return (entry & DIRTY) != 0;
    }

    public static boolean isAccessed(long entry) {
        return (entry & ACCESSED) != 0;
    }

    /**
     * Whether hardware would permit a user's access: PRESENT and USER, and WRITE for a write. False for protnone, on
     * purpose. No protection key denies access yet: there is no key register in the model.
     */
    public static boolean accessPermitted(long entry, boolean write) {
        long needed = write ? PRESENT | USER | WRITE : PRESENT | USER;
        return (entry & needed) == needed;
    }

    /**
     * The entry with the permission bits exchanged for {@code permission}; frame, accessed, dirty and the rest stay.
     */
    public static long withPermission(long entry, long permission) {
        return (entry & ~PERMISSION_MASK) | (permission & PERMISSION_MASK);
    }

    /** The entry as text, for dumps and messages. */
    public static String describe(long entry) {
        if (isNone(entry)) {
            return "none";
        }
        if (isNonPresent(entry) && !isInvalidated(entry)) {
            return "non-present " + NonPresent.nameOf(entry) + " pfn " + pfn(entry);
        }
        StringBuilder text = new StringBuilder();
        text.append(isProtnone(entry) ? "protnone" : isPresent(entry) ? "present" : "invalidated");
        append(text, entry, WRITE, " write");
        append(text, entry, USER, " user");
        append(text, entry, ACCESSED, " accessed");
        append(text, entry, DIRTY, " dirty");
        append(text, entry, HUGE, " huge");
        append(text, entry, SPECIAL, " special");
        append(text, entry, UFFD_WP, " uffd-wp");
        append(text, entry, SOFT_DIRTY, " soft-dirty");
        append(text, entry, DEVMAP, " devmap");
        append(text, entry, DEPOSITED, " deposited");
        append(text, entry, NO_EXEC, " no-exec");
        return text.append(" pfn ").append(pfn(entry)).toString();
    }

    private static void append(StringBuilder text, long entry, long bit, String name) {
        if ((entry & bit) != 0) {
            text.append(name);
        }
    }
}
