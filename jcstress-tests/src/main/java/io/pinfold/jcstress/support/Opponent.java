package io.pinfold.jcstress.support;

import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Words;

/**
 * A stand-in for mutators that the library does not have yet. It takes their steps by core's primitives on the
 * shipping tables, records and control words of one machine. It leaves out what the walk cannot see: reverse maps,
 * copies of the data, flushes of the TLB.
 *
 * <p>One opponent works for one state, on one page; {@link #restore} puts everything back.
 */
public final class Opponent {
    /** log2 of the pages of a leaf of level PMD. */
    public static final int LEAF_ORDER = Geometry.BITS_PER_LEVEL;
    /** Pages of a leaf of level PMD. */
    public static final int LEAF_PAGES = 1 << LEAF_ORDER;

    private final Machine machine;
    private final long control;
    private final long pfn;
    private final long table;
    private final long entryAddress;
    private final long entry;
    private final long upperTable;
    private final long upperAddress;
    private final long upper;
    private final long topAddress;
    private final long top;
    private long movedTo;
    private boolean shared;

    /** For the page mapped at an address of the machine's space, by a small entry or by a leaf of level PMD. */
    public Opponent(Machine machine, long address) {
        this.machine = machine;
        this.control = Bridge.control(machine.space());
        this.pfn = machine.frameAt(address);
        this.upperTable = machine.tableAt(address, Geometry.PMD);
        this.upperAddress = machine.entryAddress(address, Geometry.PMD);
        this.upper = Entries.load(upperAddress);
        int level = Entry.isHuge(upper) ? Geometry.PMD : Geometry.PTE;
        this.table = machine.tableAt(address, level);
        this.entryAddress = machine.entryAddress(address, level);
        this.entry = Entries.load(entryAddress);
        this.topAddress = machine.entryAddress(address, Geometry.PUD);
        this.top = Entries.load(topAddress);
    }

    /** Frame of the table with the page's entry. */
    public long table() {
        return table;
    }

    /** The first step of each mutator: takes the page's entry out, small or huge. */
    public void takeOut() {
        PageTables.lock(Bridge.core(Machine.memory()), table);
        Entries.exchange(entryAddress, Entry.NONE);
        PageTables.unlock(Bridge.core(Machine.memory()), table);
    }

    /** Puts a device page in the place of the page; its entry holds no reference. */
    public void mapDevice(long devicePfn) {
        Entries.exchange(entryAddress, Entry.make(devicePfn,
                Entry.PRESENT | Entry.WRITE | Entry.USER | Entry.DEVMAP | Entry.SPECIAL));
    }

    /** page_mkclean: writeback takes write permission and dirty bit away. */
    public void makeClean() {
        PageTables.lock(Bridge.core(Machine.memory()), table);
        long old = Entries.exchange(entryAddress, Entry.NONE);
        Entries.store(entryAddress, old & ~(Entry.WRITE | Entry.DIRTY));
        PageTables.unlock(Bridge.core(Machine.memory()), table);
    }

    /** Makes the address space one in which nothing was ever pinned. */
    public void forgetPins() {
        Words.setLongVolatile(control + MmControl.MM_FLAGS, 0);
    }

    /**
     * fork of this page alone: SHARED with a child, or COPIED if it may be pinned, and then the parent keeps it for
     * itself.
     */
    public String fork() {
        Words.getAndAddInt(control + MmControl.WRITE_PROTECT_SEQ, 1); // FORK1: odd
        PageTables.lock(Bridge.core(Machine.memory()), table);
        boolean pinned = (Words.getLongVolatile(control + MmControl.MM_FLAGS) & MmControl.HAS_PINNED) != 0
                && PageRefs.maybePinned(Machine.record(0), pfn); // FORK2
        if (!pinned) {
            PageFlags.clear(Machine.record(pfn), PageFlags.ANON_EXCLUSIVE);
            long old = Entries.exchange(entryAddress, Entry.NONE); // FORK3
            Entries.store(entryAddress, old & ~Entry.WRITE);
            PageRefs.add(Machine.record(pfn), 1);
            PageRefs.addMapping(Machine.record(pfn));
            shared = true;
        }
        PageTables.unlock(Bridge.core(Machine.memory()), table);
        int sequence = Words.getIntVolatile(control + MmControl.WRITE_PROTECT_SEQ);
        Words.setIntRelease(control + MmControl.WRITE_PROTECT_SEQ, sequence + 1); // FORK4: even
        return shared ? "SHARED" : "COPIED";
    }

    /**
     * khugepaged up to the point of no return, without the wait for walkers: COLLAPSED, or BUSY if the page has a
     * reference that is not its mapping's. The table is then back in its place.
     */
    public String collapse() {
        PageTables.lock(Bridge.core(Machine.memory()), upperTable);
        Entries.exchange(upperAddress, Entry.NONE); // COLLAPSE1
        boolean alone = PageRefs.refCount(Machine.record(pfn)) == PageRefs.mapCount(Machine.record(pfn)); // COLLAPSE2
        if (!alone) {
            Entries.store(upperAddress, upper); // COLLAPSE3
        }
        PageTables.unlock(Bridge.core(Machine.memory()), upperTable);
        return alone ? "COLLAPSED" : "BUSY";
    }

    /** mremap of a whole table: moves its pages to another address under the same upper table. */
    public void moveTable(long address) {
        movedTo = PageTables.entryAddress(Bridge.core(Machine.memory()), upperTable, address, Geometry.PMD);
        PageTables.lock(Bridge.core(Machine.memory()), upperTable);
        Entries.store(movedTo, Entries.exchange(upperAddress, Entry.NONE)); // COLLAPSE1
        PageTables.unlock(Bridge.core(Machine.memory()), upperTable);
    }

    /** Puts a huge page in the place of the lowest table. */
    public void replaceTable(long headPfn) {
        PageTables.lock(Bridge.core(Machine.memory()), upperTable);
        Entries.exchange(upperAddress, Entry.NONE); // REPLACE1
        Entries.store(upperAddress, // REPLACE2
                Entry.make(headPfn, Entry.PRESENT | Entry.WRITE | Entry.USER | Entry.HUGE));
        PageTables.unlock(Bridge.core(Machine.memory()), upperTable);
    }

    /**
     * Gives up the table of level PMD, and maps another page in it for the space that shares it, after all walkers that
     * were inside have left.
     *
     * @return whether there were any
     */
    public boolean unshareAndReuse(long strangePfn) {
        WalkerSlots slots = Machine.slots();
        Entries.exchange(topAddress, Entry.NONE); // UNSHARE1
        long epoch = slots.advance();
        boolean inside = !slots.passed(epoch); // UNSHARE2
        slots.awaitPassed(epoch);
        Entries.exchange(entryAddress, Entry.make(strangePfn, entry & ~Entry.PFN_MASK)); // UNSHARE3
        return inside;
    }

    /** Puts back what the opponent changed, when no actor runs any more. */
    public void restore() {
        if (movedTo != 0) {
            Entries.exchange(movedTo, Entry.NONE);
        }
        Entries.exchange(topAddress, top);
        Entries.exchange(upperAddress, upper);
        Entries.exchange(entryAddress, entry);
        if (shared) {
            PageRefs.removeMapping(Machine.record(pfn));
            machine.put(pfn);
            PageFlags.set(Machine.record(pfn), PageFlags.ANON_EXCLUSIVE);
        }
    }

    /**
     * Splits a folio that is not mapped: its pages become order-0 pages with one reference each.
     *
     * @return BUSY if there is a reference besides the caller's, and then nothing has changed, else SPLIT
     */
    public static String splitFolio(long headPfn, int order) {
        long head = Machine.record(headPfn);
        if (!PageRefs.freeze(head, 1)) { // FREEZE1
            return "BUSY";
        }
        for (long pfn = headPfn + 1; pfn < headPfn + (1L << order); pfn++) { // FREEZE2
            Words.setLongRelease(Machine.record(pfn) + PageLayout.COMPOUND, Compound.NONE);
            PageRefs.setCount(Machine.record(pfn), 1);
        }
        Words.setLongRelease(head + PageLayout.COMPOUND, Compound.NONE); // FREEZE3
        PageRefs.unfreeze(head, 1);
        return "SPLIT";
    }

    /** A huge page whose words look like entries of frames that do not exist: a walk of it throws. */
    public static long newTrap() {
        long head = Machine.allocate(LEAF_ORDER);
        long start = Bridge.core(Machine.memory()).frameAddress(head);
        for (long word = start; word < start + (Machine.PAGE << LEAF_ORDER); word += Long.BYTES) {
            Words.setLongOpaque(word, Entry.POISON);
        }
        return head;
    }
}
