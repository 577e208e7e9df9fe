package io.pinfold.core.page;

import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import java.util.StringJoiner;

/**
 * Page flags, the low bits of the flags word, named as in the kernel. Each is either of the page or of the folio, and
 * is then set, cleared and tested in the record of the folio's head alone. (An order-0 page is its own head.)
 *
 * <pre>
 * flag               owner   read where
 * LOCKED, WAITERS    folio   the head
 * REFERENCED         folio   the head
 * UPTODATE           folio   the head
 * DIRTY              folio   the head
 * LRU, ACTIVE        folio   the head
 * SWAPBACKED         folio   the head
 * SWAPCACHE          folio   the head
 * PRIVATE            folio   the head
 * RECLAIM            folio   the head
 * WRITEBACK          folio   the head
 * RESERVED           page    its own record: frames that are not managed are no folios
 * HWPOISON           page    its own record: the frame is retired for it, and an object has it for each page
 * HAS_HWPOISONED     folio   the head: for all pages, where a folio is mapped only as a whole (hugetlb)
 * MLOCKED            folio   the head
 * UNEVICTABLE        folio   the head
 * BY_HANDLE, FROZEN, PROTECTED  folio   the head: handles are allocated for single frames
 * ANON_EXCLUSIVE     page    its own record where a PTE maps it; a leaf has one for all its pages, the head's
 * </pre>
 *
 * <p>A thread that changes a flag holds a reference (or, after the count reached 0, is the only owner); changes are
 * atomic read-modify-writes because other holders change other flags of the same word.
 *
 * <p><b>The folio lock.</b>
 * <pre>
 *   taker:  FOLIOLOCK1 set LOCKED, volatile or; it was clear: done
 *           FOLIOLOCK2 set WAITERS, volatile or; still locked: wait while the word is that, again FOLIOLOCK1
 *   holder: FOLIOLOCK3 clear LOCKED and WAITERS, volatile and; WAITERS was set: wake all
 * </pre>
 */
public final class PageFlags {
    /** The folio lock is held. */
    public static final long LOCKED = 1L;
    /** Used recently: a hint. */
    public static final long REFERENCED = 1L << 1;
    /** Content is valid. */
    public static final long UPTODATE = 1L << 2;
    /** Content is newer than its backing store. */
    public static final long DIRTY = 1L << 3;
    /** On a list of the page reclaim. */
    public static final long LRU = 1L << 4;
    /** On the active list. */
    public static final long ACTIVE = 1L << 5;
    /** Backed by swap. */
    public static final long SWAPBACKED = 1L << 6;
    /** In the swap cache. */
    public static final long SWAPCACHE = 1L << 7;
    /** The file system attached something. */
    public static final long PRIVATE = 1L << 8;
    /** To be reclaimed as soon as writeback ends. */
    public static final long RECLAIM = 1L << 9;
    /** Being written to its backing store. */
    public static final long WRITEBACK = 1L << 10;
    /** A thread waits for the folio lock. */
    public static final long WAITERS = 1L << 11;
    /** Not managed by the allocator. */
    public static final long RESERVED = 1L << 12;
    /** The memory of this page is broken. It is always set together with {@link #HAS_HWPOISONED}. */
    public static final long HWPOISON = 1L << 13;
    /** Locked into memory by a range lock. */
    public static final long MLOCKED = 1L << 14;
    /** Not to be reclaimed. */
    public static final long UNEVICTABLE = 1L << 15;
    /** An anonymous page that belongs to one address space alone. */
    public static final long ANON_EXCLUSIVE = 1L << 16;

    /** A page of the folio is broken: it or another one. */
    public static final long HAS_HWPOISONED = 1L << 17;
    /** Handed out by {@code FrameHandles.allocate}, which alone gives its frames this owner. */
    public static final long BY_HANDLE = 1L << 18;
    /** Taken out of circulation by its owner; the call that clears it has the frozen frame. */
    public static final long FROZEN = 1L << 19;
    /** Allocated by handle for readers in a scope: every free of it waits for them. */
    public static final long PROTECTED = 1L << 20;

    /** All flags. */
    public static final long MASK = (1L << 21) - 1;
    /** The flags that belong to each page; all others are the folio's. */
    public static final long OF_PAGE = RESERVED | HWPOISON | ANON_EXCLUSIVE;

    /** By bit. */
    private static final String[] NAMES = {"LOCKED", "REFERENCED", "UPTODATE", "DIRTY", "LRU", "ACTIVE", "SWAPBACKED",
            "SWAPCACHE", "PRIVATE", "RECLAIM", "WRITEBACK", "WAITERS", "RESERVED", "HWPOISON", "MLOCKED", "UNEVICTABLE",
            "ANON_EXCLUSIVE", "HAS_HWPOISONED", "BY_HANDLE", "FROZEN", "PROTECTED"};

    private PageFlags() {
    }

    /** The names of the flags in a word, joined by {@code |}, for messages; "none" if there is none. */
    public static String namesOf(long flags) {
        StringJoiner names = new StringJoiner("|").setEmptyValue("none");
        for (int bit = 0; bit < NAMES.length; bit++) {
            if ((flags & 1L << bit) != 0) {
                names.add(NAMES[bit]);
            }
        }
        return names.toString();
    }

    /** Whether all bits of {@code flags} are set; volatile load. */
    public static boolean test(long record, long flags) {
        return (Words.getLongVolatile(record + PageLayout.FLAGS) & flags) == flags;
    }

    /** Sets bits; returns the word found. */
    public static long set(long record, long flags) {
        return Words.getAndBitwiseOrLong(record + PageLayout.FLAGS, flags);
    }

    /** Clears bits; returns the word found. */
    public static long clear(long record, long flags) {
        return Words.getAndBitwiseAndLong(record + PageLayout.FLAGS, ~flags);
    }

    /** Marks the page referenced unless it is already: a hint, so an old value read is harmless. */
    public static void markReferenced(long record) {
        if ((Words.getLongOpaque(record + PageLayout.FLAGS) & REFERENCED) == 0) {
            set(record, REFERENCED);
        }
    }

    /**
     * Marks a folio dirty under its lock unless it is dirty already ("set_page_dirty_lock"). The caller holds a
     * reference. Reading the flag without the lock races with writeback's clearing, which is benign: either that
     * writeback still writes the caller's data, or the page is written twice.
     */
    public static void markDirty(long head) {
        if (test(head, DIRTY)) {
            return;
        }
        lock(head);
        long _ = set(head, DIRTY);
        unlock(head);
    }

    /** Takes the folio lock of a head if it is free ("trylock_page"). */
    public static boolean tryLock(long record) {
        return (set(record, LOCKED) & LOCKED) == 0; // FOLIOLOCK1
    }

    /** Takes the folio lock of a head, waiting for it ("lock_page"). The caller holds a reference. */
    public static void lock(long record) {
        long address = record + PageLayout.FLAGS;
        while ((Words.getAndBitwiseOrLong(address, LOCKED) & LOCKED) != 0) { // FOLIOLOCK1
            // makes the holder wake this thread; unlock clears it together with the lock, and a thread that loses again
            // sets it again
            long seen = Words.getAndBitwiseOrLong(address, WAITERS) | WAITERS; // FOLIOLOCK2
            if ((seen & LOCKED) != 0) {
                Waits.whileEqualsLong(address, seen, "lock of a folio");
            }
        }
    }

    /**
     * Gives the folio lock back ("unlock_page"). The caller still holds its reference.
     *
     * @throws IllegalStateException if the lock is free
     */
    public static void unlock(long record) {
        long address = record + PageLayout.FLAGS;
        long seen = Words.getAndBitwiseAndLong(address, ~(LOCKED | WAITERS)); // FOLIOLOCK3
        if ((seen & LOCKED) == 0) {
            throw new IllegalStateException("unlock of a page that is not locked, flags 0x" + Long.toHexString(seen));
        }
        if ((seen & WAITERS) != 0) {
            Waits.wakeAll(address);
        }
    }
}
