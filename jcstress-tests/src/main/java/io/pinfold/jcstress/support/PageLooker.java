package io.pinfold.jcstress.support;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * A stand-in for mutators that look at a page's count or flags and act on them: reclaim, MADV_FREE, KSM. It takes their
 * steps, as the specification lists them, by core's primitives on one page of one machine; {@link #restore} puts
 * everything back.
 */
public final class PageLooker {
    private final long pfn;
    private final long record;
    private final long table;
    private final long at;
    private final long entry;

    /** For the page mapped by a small entry at an address of the machine's space. */
    public PageLooker(Machine machine, long address) {
        this.pfn = machine.frameAt(address);
        this.record = Machine.record(pfn);
        this.table = machine.tableAt(address, Geometry.PTE);
        this.at = machine.entryAddress(address, Geometry.PTE);
        this.entry = Entries.load(at);
    }

    /** Makes the entry one that permits no store. Before the actors run. */
    public void makeReadOnly() {
        Entries.exchange(at, entry & ~(Entry.WRITE | Entry.DIRTY));
    }

    /** Makes page and entry clean. Before the actors run. */
    public void makeClean() {
        PageFlags.clear(record, PageFlags.DIRTY);
        Entries.exchange(at, entry & ~Entry.DIRTY);
    }

    /** page_try_share_anon_rmap: BUSY if the page is pinned, else SHARED. */
    public String tryShare() {
        PageTables.lock(Bridge.core(Machine.memory()), table);
        long old = Entries.exchange(at, Entry.NONE); // SHARE1
        boolean pinned = PageRefs.maybePinned(Machine.record(0), pfn); // SHARE2
        if (!pinned) {
            PageFlags.clear(record, PageFlags.ANON_EXCLUSIVE); // SHARE3
        }
        Entries.store(at, old); // SHARE4
        PageTables.unlock(Bridge.core(Machine.memory()), table);
        return pinned ? "BUSY" : "SHARED";
    }

    /** __remove_mapping: BUSY, BUSY_DIRTY, DIRTY, or GONE. */
    public String reclaim() {
        if (!PageRefs.freeze(record, 1)) { // RECLAIM1
            return busy();
        }
        boolean dirty = PageFlags.test(record, PageFlags.DIRTY); // RECLAIM2
        PageRefs.unfreeze(record, 1);
        return dirty ? "DIRTY" : "GONE"; // RECLAIM3
    }

    /** try_to_unmap of a MADV_FREE page: the entry comes back unless the page is alone and clean. */
    public String discardIfClean() {
        PageTables.lock(Bridge.core(Machine.memory()), table);
        long old = Entries.exchange(at, Entry.NONE); // DISCARD1
        boolean alone = PageRefs.refCount(record) == PageRefs.mapCount(record); // DISCARD2
        boolean dirty = PageFlags.test(record, PageFlags.DIRTY) || Entry.isDirty(old); // DISCARD3
        boolean keep = !alone || dirty;
        if (keep) {
            Entries.store(at, old);
        }
        PageTables.unlock(Bridge.core(Machine.memory()), table);
        return keep ? alone ? "DIRTY" : dirty ? "BUSY_DIRTY" : "BUSY" : "GONE"; // DISCARD4
    }

    private String busy() {
        return PageFlags.test(record, PageFlags.DIRTY) ? "BUSY_DIRTY" : "BUSY";
    }

    /** Puts everything back, when no actor runs any more. */
    public void restore() {
        Entries.exchange(at, entry);
        PageFlags.set(record, PageFlags.ANON_EXCLUSIVE);
    }
}
