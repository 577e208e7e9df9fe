package io.pinfold.core.pgtable;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Words;

/**
 * The search, building and change of page tables, for callers that hold mmap_lock. (Lock-free walkers are the
 * {@code Cpu} and the fast walk, which have their own descent.) The same code serves every level.
 *
 * <p><b>Protocol INSTALL vs WALK</b> (shape: message passing).
 * <pre>
 *   installer: INSTALL1 fill the lower table, or the page and its record
 *              INSTALL2 release-store the entry (under the table's lock)
 *   walker:    READ1 load the entry (volatile)   READ2 read the lower table, or the page
 *   must not happen: READ1 sees INSTALL2 and READ2 misses INSTALL1
 * </pre>
 * A chain of missing tables is built in private and published by one store at its top, so a failed allocation leaves
 * nothing behind and a walker finds the whole chain or none of it. The lock of the table above the chain is held
 * meanwhile. So of two faults that need one table the second finds it, and does not fail with -ENOMEM while the first
 * holds the last free table.
 *
 * <p><b>Protocol CLEAR vs WALK</b> (shape: store buffering; CLEAR2 and CLEAR3 are done by the caller that clears).
 * <pre>
 *   mutator: CLEAR1 getAndSet the entry (volatile)   CLEAR2 advance the epoch (full fence)
 *            CLEAR3 look at slots and counts
 *   walker:  GUARD1 count a reference, or enter a slot (volatile RMW)   GUARD2 load the entry (volatile)
 *   must not happen: CLEAR3 misses GUARD1 and GUARD2 sees the old entry
 * </pre>
 *
 * <p>Frames of tables come from the caller and are not looked at closer than that the memory has them: what is no table
 * is misread. A closed memory throws MemoryClosedException; that it is not closed meanwhile is up to the caller, who
 * has an address space, or another {@link io.pinfold.core.memory.frame.Use}.
 *
 * <p>The number of live entries of a table is in its record (low half of the pincount word) and changes under the
 * table's lock. Tables whose number is 0 are unlinked with mmap_lock held exclusively, so a thread that holds it shared
 * may keep using a table that it found.
 */
public final class PageTables {
    private static final int LIVE_MASK = 0xFFFF;
    /** The number of waits for a table: others may take what one grace period gives back. */
    private static final int GRACE_PERIODS_MAX = 4;

    /** There can be no table: an entry above maps the address by a leaf, or is non-present. */
    public static final long LEAF_ABOVE = -Errno.EEXIST;

    private PageTables() {
    }

    /** Address of the entry that covers {@code address} in the table in frame {@code table} at {@code level}. */
    public static long entryAddress(MemoryCore memory, long table, long address, int level) {
        return memory.frameAddress(table) + Geometry.entryOffset(address, level);
    }

    /** Address of the PTE of {@code address} in the PTE table in frame {@code table}. */
    public static long pteAddress(MemoryCore memory, long table, long address) {
        return entryAddress(memory, table, address, Geometry.PTE);
    }

    /** Frame of the table at {@code level} that covers {@code address}; 0 when there is none. */
    public static long find(MemoryCore memory, long root, long address, int level) {
        long table = root;
        for (int at = Geometry.ROOT; at > level; at--) {
            long entry = Entries.load(entryAddress(memory, table, address, at)); // READ1
            if (!Entry.isTable(entry)) {
                return 0;
            }
            table = Entry.pfn(entry);
        }
        return table;
    }

    /**
     * Finds the lowest table that covers {@code address} and takes its lock: what maps the address, a PTE or a leaf, is
     * the entry of that table, and stays while the lock is held. mmap_lock is held, shared is enough.
     *
     * @return a {@link Spot}; the entry in it is no table
     */
    public static long lockLowest(MemoryCore memory, long root, long address) {
        long spot = lowest(memory, root, address);
        while (true) {
            lock(memory, Spot.table(spot));
            if (!Entry.isTable(Entries.load(Spot.entryAddress(memory, spot, address)))
                    || Spot.level(spot) == Geometry.PTE) {
                return spot;
            }
            unlock(memory, Spot.table(spot)); // a table was published, or a leaf was split, in between
            spot = descend(memory, spot, address);
        }
    }

    /**
     * As {@link #lockLowest} without the lock, so the answer may be old at once: a caller that changes the entry reads
     * it again. An entry that another thread is changing may be read as none.
     */
    public static long lowest(MemoryCore memory, long root, long address) {
        return descend(memory, Spot.of(root, Geometry.ROOT), address);
    }

    private static long descend(MemoryCore memory, long from, long address) {
        long table = Spot.table(from);
        int level = Spot.level(from);
        while (level > Geometry.PTE) {
            long entry = Entries.load(entryAddress(memory, table, address, level)); // READ1
            if (!Entry.isTable(entry)) {
                break;
            }
            table = Entry.pfn(entry);
            level--;
        }
        return Spot.of(table, level);
    }

    public static void lock(MemoryCore memory, long table) {
        TableLock.lock(memory.recordAddress(table));
    }

    public static void unlock(MemoryCore memory, long table) {
        TableLock.unlock(memory.recordAddress(table));
    }

    /**
     * The first address in {@code [address, end)} that a PTE table covers, or a leaf or another entry without a table;
     * {@code end} when there is none. Skips what nothing covers in steps as large as the missing table.
     */
    public static long nextCovered(MemoryCore memory, long root, long address, long end) {
        long at = address;
        while (at < end) {
            long table = root;
            int level = Geometry.ROOT;
            long entry = Entry.NONE;
            while (level > Geometry.PTE) {
                entry = Entries.load(entryAddress(memory, table, at, level)); // READ1
                if (!Entry.isTable(entry)) {
                    break;
                }
                table = Entry.pfn(entry);
                level--;
            }
            if (level == Geometry.PTE || entry != Entry.NONE) {
                return at;
            }
            at = Geometry.nextEntry(at, level);
        }
        return end;
    }

    /** A new root table for the space {@code mmId}: its frame, or -ENOMEM. */
    public static long allocateRoot(MemoryCore memory, long mmId) {
        return allocate(memory, mmId, Geometry.ROOT, 0);
    }

    /** {@link #findOrAllocate(MemoryCore, long, long, long, int)} down to the PTE table. */
    public static long findOrAllocate(MemoryCore memory, long mmId, long root, long address) {
        return findOrAllocate(memory, mmId, root, address, Geometry.PTE);
    }

    /**
     * The table at {@code level} that covers {@code address}, with what is missing above it built on the way. For a
     * leaf, the level is that of the table the leaf lies in.
     *
     * @return its frame; -ENOMEM, or {@link #LEAF_ABOVE}, and nothing was changed
     */
    public static long findOrAllocate(MemoryCore memory, long mmId, long root, long address, int level) {
        while (true) {
            long table = root;
            int at = Geometry.ROOT;
            while (at > level) {
                long entry = Entries.load(entryAddress(memory, table, address, at)); // READ1
                if (!Entry.isTable(entry)) {
                    if (entry != Entry.NONE) {
                        return LEAF_ABOVE;
                    }
                    break;
                }
                table = Entry.pfn(entry);
                at--;
            }
            if (at == level) {
                return table;
            }
            lock(memory, table);
            try {
                long entryAt = entryAddress(memory, table, address, at);
                if (Entries.load(entryAt) == Entry.NONE) {
                    long chain = buildChain(memory, mmId, address, at - 1, level);
                    if (chain < 0) {
                        return chain;
                    }
                    install(memory, table, entryAt, Entry.makeTable(chain));
                }
            } finally {
                unlock(memory, table);
            }
        }
    }

    /** Installs {@code entry} where nothing is mapped; the lock of {@code table} is held. */
    public static void install(MemoryCore memory, long table, long entryAddress, long entry) {
        addLive(memory, table, 1);
        Entries.store(entryAddress, entry); // INSTALL2 -> READ1
    }

    /** Takes the entry out and leaves none; the lock of {@code table} is held. The old entry, all bits up to date. */
    public static long clear(MemoryCore memory, long table, long entryAddress) {
        long old = Entries.exchange(entryAddress, Entry.NONE); // CLEAR1 -> GUARD2
        if (old != Entry.NONE) {
            addLive(memory, table, -1);
        }
        return old;
    }

    /**
     * Fills an empty PTE table that is not published yet: the first entry is {@code first}, every further one maps the
     * frame {@code stride} behind.
     */
    public static void fill(MemoryCore memory, long table, long first, int stride) {
        long base = memory.frameAddress(table);
        for (int i = 0; i < Geometry.ENTRIES; i++) {
            Entries.store(base + ((long) i << Geometry.ENTRY_SHIFT),
                    first + ((long) i * stride << Entry.PFN_SHIFT));
        }
        addLive(memory, table, Geometry.ENTRIES);
    }

    /** Entries of the table that are not none. Exact under the table's lock or mmap_lock held exclusively. */
    public static int liveEntries(MemoryCore memory, long table) {
        return Words.getIntOpaque(memory.recordAddress(table) + PageLayout.TABLE_LIVE) & LIVE_MASK;
    }

    /**
     * Unlinks every table without live entries in the part of the tree that covers {@code [start, end)}, bottom up; the
     * root stays. mmap_lock is held exclusively, and no reverse map leads into the range any more.
     */
    public static void unlinkEmpty(MemoryCore memory, long root, long start, long end, TableFree unlinked) {
        unlinkEmpty(memory, root, start, end, 0, Long.MAX_VALUE, unlinked);
    }

    /**
     * {@link #unlinkEmpty(MemoryCore, long, long, long, TableFree)} of only those tables that cover nothing outside
     * {@code [floor, ceiling)}. A mapping of an object next to the range may have its entries taken out, without
     * mmap_lock, by a thread that finds it through the object.
     */
    public static void unlinkEmpty(MemoryCore memory, long root, long start, long end, long floor, long ceiling,
            TableFree unlinked) {
        unlinkEmpty(memory, root, Geometry.ROOT, start, end, floor, ceiling, unlinked);
    }

    private static void unlinkEmpty(MemoryCore memory, long table, int level, long start, long end, long floor,
            long ceiling, TableFree unlinked) {
        for (long address = start; address < end; address = Geometry.nextEntry(address, level)) {
            long at = entryAddress(memory, table, address, level);
            long entry = Entries.load(at);
            if (!Entry.isTable(entry)) {
                continue;
            }
            long child = Entry.pfn(entry);
            if (level > Geometry.PMD) {
                long childEnd = Math.min(end, Geometry.nextEntry(address, level));
                unlinkEmpty(memory, child, level - 1, address, childEnd, floor, ceiling, unlinked);
            }
            boolean isAlone = Geometry.floor(address, level) >= floor && Geometry.nextEntry(address, level) <= ceiling;
            if (isAlone && liveEntries(memory, child) == 0) {
                lock(memory, table);
                clear(memory, table, at); // RETIRE1
                unlock(memory, table);
                unlinked.add(child);
            }
        }
    }

    /**
     * Tables from {@code lowestLevel} to {@code topLevel}, each in the next; the frame of the highest, or -ENOMEM and
     * none.
     */
    private static long buildChain(MemoryCore memory, long mmId, long address, int topLevel, int lowestLevel) {
        long lower = 0;
        for (int level = lowestLevel; level <= topLevel; level++) {
            long table = allocate(memory, mmId, level, Geometry.tableBase(address, level));
            if (table < 0) {
                if (lower != 0) {
                    freeChain(memory, lower, address, level - 1, lowestLevel);
                }
                return table;
            }
            if (level > lowestLevel) {
                install(memory, table, entryAddress(memory, table, address, level), Entry.makeTable(lower));
            }
            lower = table;
        }
        return lower;
    }

    /** Frees a chain that was never published: no walker can be in it, so no grace period is needed. */
    private static void freeChain(MemoryCore memory, long top, long address, int topLevel, int lowestLevel) {
        long table = top;
        for (int level = topLevel; level >= lowestLevel; level--) {
            long lower = level > lowestLevel
                    ? Entry.pfn(clear(memory, table, entryAddress(memory, table, address, level)))
                    : 0;
            memory.blocks().freeTable(table);
            table = lower;
        }
    }

    /**
     * Allocates a table, with a wait for walkers if there is no other way. While one walker is descheduled, other
     * threads can retire every table there is, and a caller must not fail with -ENOMEM because of that.
     */
    static long allocate(MemoryCore memory, long mmId, int level, long base) {
        long table = memory.blocks().allocateTable(mmId, level, base);
        for (int round = 0; table < 0 && round < GRACE_PERIODS_MAX; round++) {
            int _ = memory.retired().drain();
            table = memory.blocks().allocateTable(mmId, level, base);
        }
        return table;
    }

    private static void addLive(MemoryCore memory, long table, int by) {
        long word = memory.recordAddress(table) + PageLayout.TABLE_LIVE;
        Words.setIntOpaque(word, Words.getIntOpaque(word) + by);
    }
}
