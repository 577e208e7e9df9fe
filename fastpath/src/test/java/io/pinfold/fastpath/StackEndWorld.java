package io.pinfold.fastpath;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Geometry;
import org.jspecify.annotations.Nullable;

/** What the calls of {@link StackEndCall} work with: a memory, a space, pages that are there and pages that are not. */
final class StackEndWorld {
    static final int PAGE = 4096;
    static final int PAGES = 8;

    final PhysicalMemory memory = PhysicalMemory
            .open(MemoryOptions.ofRam(64L << 20).withDeviceBytes(Geometry.levelBytes(Geometry.PUD)));
    final AddressSpace space = AddressSpace.create(memory);
    final Cpu cpu = space.openCpu();
    final GupSession session = GupSession.open(memory);
    final GupSessionPool pool = GupSession.pool(memory, 2);
    final PageBatch<?> batch = memory.newPageBatch(PAGES);
    final ExtentBatch<?> extents = memory.newExtentBatch(PAGES);
    final long base = space.mmap(0, (long) PAGES * PAGE, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
    long handle;
    long mapped;
    long hugetlb;
    long pin;
    int closes;
    @Nullable
    AutoCloseable made;
    @Nullable
    DevPagemap pagemap;

    StackEndWorld() {
        session.detach(); // to be taken over by the threads of runAttached
    }

    /** Runs a step with the session its thread's. */
    void runAttached(StackEnd.Step step) throws Exception {
        session.attach();
        try {
            step.run();
        } finally {
            session.detach();
        }
    }

    /** Every page is there, and nothing is held. */
    void touchAll() {
        if (space.mprotect(base, (long) PAGES * PAGE, Prot.READ_WRITE) != 0) {
            throw new IllegalStateException("mprotect");
        }
        for (int i = 0; i < PAGES; i++) {
            cpu.storeLong(base + (long) i * PAGE, i);
        }
    }

    /** No page is there. */
    void dropAll() {
        if (space.madvise(base, (long) PAGES * PAGE, AddressSpace.MADV_DONTNEED) != 0) {
            throw new IllegalStateException("madvise");
        }
    }

    void pinAll() {
        touchAll();
        if (session.pinUserPagesFast(space, base, PAGES, GupOptions.WRITE, Kinds.pins(batch)) != PAGES
                || session.pinUserPagesFast(space, base, PAGES, GupOptions.WRITE, Kinds.pins(extents)) != PAGES) {
            throw new IllegalStateException("pin");
        }
    }

    /** Gives back whatever is held. */
    void releaseAll() throws Exception {
        if (batch.isHeld()) {
            int _ = batch.isPinned() ? memory.unpinUserPages(Kinds.pins(batch)) : memory.putPages(Kinds.gets(batch));
        }
        if (extents.isHeld()) {
            int _ = extents.isPinned() ? memory.unpinUserPages(Kinds.pins(extents))
                    : memory.putPages(Kinds.gets(extents));
        }
        if (handle != FrameHandle.NONE) {
            memory.handles().put(handle);
            handle = FrameHandle.NONE;
        }
        if (mapped > 0) {
            if (space.munmap(mapped, (long) PAGES * PAGE) != 0) {
                throw new IllegalStateException("munmap");
            }
            mapped = 0;
        }
        if (made != null) {
            made.close();
            made = null;
        }
        if (pagemap != null) {
            pagemap.remove();
            pagemap = null;
        }
    }

    DevPagemap addPagemap() {
        return memory.pagemaps().add(DevPagemapOptions.of(DevPagemapType.GENERIC, memory.deviceStart(),
                DevPagemaps.GRANULE_FRAMES));
    }

    /** What another thread does with the memory and the space: everything that takes a lock. */
    void useAll() throws Exception {
        touchAll();
        dropAll();
        pinAll();
        releaseAll();
        long other = space.mmap(0, PAGE, Prot.READ_WRITE, MapFlags.SHARED | MapFlags.ANONYMOUS);
        cpu.storeLong(other, 1);
        if (space.munmap(other, PAGE) != 0) {
            throw new IllegalStateException("munmap");
        }
        try (AddressSpace second = AddressSpace.create(memory); Cpu third = second.openCpu()) {
            third.space();
        }
        memory.handles().put(memory.handles().allocate());
        pagemap = addPagemap();
        releaseAll();
        int _ = Bridge.core(memory).retired().drain();
    }

    /** Everything is given back and the memory closes, or this says what is wrong. */
    void close() throws Exception {
        releaseAll();
        extents.close();
        batch.close();
        pool.close();
        session.close();
        cpu.close();
        space.close();
        VmStat stat = memory.vmStat();
        if (stat.nrFollPinAcquired() != stat.nrFollPinReleased()) {
            throw new IllegalStateException(
                    "pins acquired " + stat.nrFollPinAcquired() + ", released " + stat.nrFollPinReleased());
        }
        if (!MemoryAudit.checkIdle(memory).isEmpty()) {
            throw new IllegalStateException(MemoryAudit.checkIdle(memory).toString());
        }
        memory.close();
    }
}
