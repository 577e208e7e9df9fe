package io.pinfold.jcstress.support;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.epoch.WalkerSlots;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Words;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An address space of the shipping library, for one jcstress state at a time.
 *
 * <p>Opening a memory costs a thousand times what a race takes, so all machines live in one memory and are built once.
 * A state claims one, builds with it what it needs and takes that down again, or puts it back, in its arbiter; nothing
 * is left over that the next claim would have to reset. There are twice as many machines as states alive (see the
 * gate's options). To claim a machine that is still in use is an error: two states would share it unseen.
 */
public final class Machine {
    /** First address of the pages a test maps; a page table of its own begins here. */
    public static final long BASE = 1L << 16;
    /** Bytes of a page. */
    public static final long PAGE = 4096;

    private static final int MACHINES = 2048;
    private static final long RAM = 512L << 20;
    /** Device memory: the {@link Devices}, which take the first free place, then a unit of its own for each machine. */
    private static final long DEVICE = (2 * Devices.PAGES + MACHINES * (long) DevPagemaps.GRANULE_FRAMES) * PAGE;
    private static final PhysicalMemory MEMORY = open();
    private static final Machine[] POOL = new Machine[MACHINES];
    private static final AtomicInteger NEXT = new AtomicInteger();

    static {
        for (int i = 0; i < MACHINES; i++) {
            POOL[i] = new Machine(i);
        }
    }

    private final AddressSpace space = AddressSpace.create(MEMORY);
    private final long devicePfn;
    private final PageBatch<Hold.Pin> batch = MEMORY.newPageBatch(Geometry.ENTRIES);
    /** One per actor: a list of frames to be freed has one owner. */
    private final FreeBatch walkersFrees = new FreeBatch(Bridge.core(MEMORY));
    private final FreeBatch opponentsFrees = new FreeBatch(Bridge.core(MEMORY));
    private boolean inUse;
    private boolean furnished;
    private long scratch;
    private @Nullable Cpu cpu;

    private Machine(int index) {
        devicePfn = MEMORY.frames() - (index + 1L) * DevPagemaps.GRANULE_FRAMES;
    }

    private static PhysicalMemory open() {
        TinyGeometry.require();
        return PhysicalMemory.open(MemoryOptions.ofRam(RAM).withDeviceBytes(DEVICE));
    }

    /** The memory all machines share. */
    public static PhysicalMemory memory() {
        return MEMORY;
    }

    /**
     * A machine that is not in use, with an empty address space or what {@link #furnish} left in it. Release with
     * {@link #giveBack}.
     */
    public static Machine claim() {
        Machine machine = POOL[NEXT.getAndIncrement() & MACHINES - 1];
        if (machine.inUse) {
            throw new IllegalStateException(
                    "more than " + MACHINES + " states are alive: run with -strideSize 2 -strideCount 512");
        }
        machine.inUse = true;
        return machine;
    }

    /** Ends the use of this machine; its address space is as it was claimed. */
    public void giveBack() {
        inUse = false;
    }

    /** Unpins what the walker pinned, if it did. */
    public void unpinIf(boolean pinned) {
        if (pinned) {
            MEMORY.unpinUserPages(batch);
        }
    }

    public AddressSpace space() {
        return space;
    }

    /** The batch the walker fills. */
    public PageBatch<Hold.Pin> batch() {
        return batch;
    }

    /** The same batch for a walker that gets: a machine has one, because there are many machines. */
    @SuppressWarnings("unchecked")
    public PageBatch<Hold.Get> gets() {
        return (PageBatch<Hold.Get>) (PageBatch<?>) batch;
    }

    /** A processor of the space, for the actor that stores. */
    public Cpu cpu() {
        Cpu open = cpu;
        if (open == null) {
            open = space.openCpu();
            cpu = open;
        }
        return open;
    }

    /** The list of the frames that the walker's roll-backs free. */
    public FreeBatch walkersFrees() {
        return walkersFrees;
    }

    /** Maps pages at an address and faults them in. */
    public void map(long address, int pages) {
        long mapped = space.mmap(address, pages * PAGE, Prot.READ | Prot.WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
        require(mapped == address, "mmap", mapped);
        fault(address, pages);
    }

    /** Faults pages in for writing. */
    public void fault(long address, int pages) {
        pin(address, pages, FollBits.FOLL_WRITE);
        MEMORY.unpinUserPages(batch);
    }

    /** Pins pages into the machine's batch, by way of faults. Before the actors run. */
    public void pin(long address, int pages, int flags) {
        long n = Gup.pinUserPagesUnlocked(space, address, pages, flags, batch);
        require(n == pages, "pinUserPagesUnlocked", n);
    }

    /** Maps a huge page at an address, a multiple of its size, by one leaf of level PMD. */
    public void mapHuge(long address) {
        space.setThpPolicy(ThpPolicy.ALWAYS);
        map(address, Geometry.ENTRIES);
        int mappings = PageRefs.entireMapCount(record(frameAt(address)));
        require(mappings == 1, "the number of huge mappings", mappings);
    }

    /** {@link #mapHuge} once for all states that use this machine one after the other, as {@link #furnish}. */
    public void furnishHuge(long address) {
        if (!furnished) {
            mapHuge(address);
            furnished = true;
        }
    }

    /**
     * Maps pages once for all states that use this machine one after the other: for tests that put back what they take,
     * where mapping anew would only cost samples.
     */
    public void furnish(long address, int pages) {
        if (!furnished) {
            map(address, pages);
            furnished = true;
        }
    }

    /** Maps the pages of one folio, by small entries, once for all states that use this machine one after the other. */
    public void furnishFolio(long address, int order) {
        if (!furnished) {
            space.setFolioOrder(order);
            map(address, 1 << order);
            long tail = Compound.of(record(frameAt(address + PAGE)));
            require(Compound.isTail(tail), "the compound word of the second page", tail);
            furnished = true;
        }
    }

    /** Unmaps pages; frees what is not held besides. */
    public void unmap(long address, int pages) {
        int result = space.munmap(address, pages * PAGE);
        require(result == 0, "munmap", result);
    }

    /** Changes the permission of pages. */
    public void protect(long address, int pages, int prot) {
        int result = space.mprotect(address, pages * PAGE, prot);
        require(result == 0, "mprotect", result);
    }

    /** Frame mapped at an address. */
    public long frameAt(long address) {
        return space.frameAt(address);
    }

    /** Frame of the table at a level that covers an address. */
    public long tableAt(long address, int level) {
        return PageTables.find(Bridge.core(MEMORY), Words.getLongVolatile(Bridge.control(space) + MmControl.ROOT),
                address, level);
    }

    /** Address of the entry for an address in the table at a level. */
    public long entryAddress(long address, int level) {
        return PageTables.entryAddress(Bridge.core(MEMORY), tableAt(address, level), address, level);
    }

    /** Frame in an entry of a lowest table, which may be unlinked. */
    public static long frameBehind(long table, int index) {
        long entry = Bridge.core(MEMORY).frameAddress(table) + ((long) index << Geometry.ENTRY_SHIFT);
        return Entry.pfn(Entries.load(entry));
    }

    /** The walkers' slots of the memory. */
    public static WalkerSlots slots() {
        return Bridge.core(MEMORY).slots();
    }

    /** Address of the record of a frame. */
    public static long record(long pfn) {
        return Bridge.core(MEMORY).recordAddress(pfn);
    }

    /** Address of the first word of a frame. */
    public static long frame(long pfn) {
        return Bridge.core(MEMORY).frameAddress(pfn);
    }

    /** How often a frame has been freed. */
    public static int generation(long pfn) {
        return PageRefs.generation(record(pfn));
    }

    /** References and pins on a frame. */
    public static int count(long pfn) {
        return PageRefs.refCount(record(pfn));
    }

    /** Address of a word of native memory that belongs to this machine alone, 0 when it is first asked for. */
    public long scratch() {
        if (scratch == 0) {
            scratch = Bridge.core(MEMORY).frameAddress(allocate());
            Words.setLongVolatile(scratch, 0);
        }
        return scratch;
    }

    /** A zeroed frame for a page table of this machine's space, linked nowhere. */
    public long allocateTable(int level, long base) {
        long pfn = Bridge.core(MEMORY).blocks().allocateTable(space.id(), level, base);
        require(pfn > 0, "allocateTable", pfn);
        return pfn;
    }

    /** A frame of its own, with one reference. */
    public static long allocate() {
        return allocate(0);
    }

    /** A folio of its own, with one reference; the frame of its head. */
    public static long allocate(int order) {
        long pfn = Bridge.core(MEMORY).blocks().allocate(order, Blocks.NORMAL);
        require(pfn > 0, "allocate", pfn);
        return pfn;
    }

    /** A device whose pages only this machine uses. */
    public DevPagemap addDevice() {
        return MEMORY.pagemaps()
                .add(DevPagemapOptions.of(DevPagemapType.GENERIC, devicePfn, DevPagemaps.GRANULE_FRAMES));
    }

    /** Drops a reference as an owner does; true if it was the last, and then the frame is free. */
    public boolean put(long pfn) {
        if (!PageRefs.subAndTest(record(pfn), 1)) {
            return false;
        }
        opponentsFrees.add(pfn);
        opponentsFrees.drain();
        return true;
    }

    private static void require(boolean good, String call, long result) {
        if (!good) {
            throw new IllegalStateException(call + " answered " + result);
        }
    }
}
