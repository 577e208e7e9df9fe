package io.pinfold.core.internal;

import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.frame.Use;
import io.pinfold.core.memory.zone.Zone;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Words;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A memory in which a corruption is planted. All that is made in it, and all that is made wrong, can be taken back. */
final class AuditWorld {
    /** Frames of a pagemap: a granule, or some small ones. */
    static final int UNIT = Math.max(8, DevPagemaps.GRANULE_FRAMES);

    final PhysicalMemory memory = PhysicalMemory
            .open(MemoryOptions.ofRam(32L << 20).withMovableBytes(16L << 20).withDeviceBytes(16L << 20));
    final MemoryCore core = Bridge.core(memory);
    final Zone normal = core.blocks().zones()[0];
    final Zone movable = core.blocks().zones()[1];
    final List<AddressSpace> spaces = new ArrayList<>();
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private long devices = memory.deviceStart();

    /** Takes back everything, the latest first. */
    void restore() {
        while (!undo.isEmpty()) {
            undo.pop().run();
        }
    }

    /** {@code action} takes back what was just done. */
    void afterwards(Runnable action) {
        undo.push(action);
    }

    // ---- what there is -------------------------------------------------------------------------------------------

    /** A page in the movable zone. */
    long user() {
        return folio(0, Blocks.MOVABLE_FIRST);
    }

    /** A folio of eight pages in the movable zone. */
    long large() {
        return folio(3, Blocks.MOVABLE_FIRST);
    }

    long folio(int order, int scope) {
        long pfn = core.blocks().allocate(order, scope);
        assertThat(pfn).isPositive();
        afterwards(() -> put(pfn));
        return pfn;
    }

    /** Pins a page in a batch. */
    void pin(long pfn) {
        PageBatch<Hold.Pin> batch = memory.newPageBatch(1);
        HeldPages held = Bridge.held(batch);
        try (Use _ = core.use("pinner")) {
            held.beginFill();
            assertThat(Grab.pages(Grab.tryStable(core, pfn, 1, FOLL_PIN))).isOne();
            held.append(pfn, 1);
            held.countAcquiredByNode();
            held.commit(true);
        }
        afterwards(() -> {
            assertThat(memory.unpinUserPages(batch)).isOne();
            batch.close();
        });
    }

    /** Drops the one reference of a folio, and frees it. */
    void put(long pfn) {
        FreeBatch batch = new FreeBatch(core);
        Grab.putReferences(core, pfn, 1, batch);
        assertThat(batch.drain()).isOne();
    }

    /** {@code count} free frames that are the only blocks of order 0 in their zone, first one of the list first. */
    List<Long> freed(int count, int scope) {
        List<Long> freed = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long kept = folio(0, scope);
            long pfn = core.blocks().allocate(0, scope);
            assertThat(pfn).as("in one block of order 1").isEqualTo(kept + 1).isOdd();
            freed.addFirst(pfn);
        }
        freed.reversed().forEach(this::put);
        return freed;
    }

    /** The free frame that is the only block of order 0 in the movable zone. */
    long freed() {
        return freed(1, Blocks.MOVABLE_FIRST).getFirst();
    }

    long table() {
        long pfn = core.blocks().allocateTable(1, 0, 0);
        assertThat(pfn).isPositive();
        afterwards(() -> core.blocks().freeTable(pfn));
        return pfn;
    }

    /** A pagemap of {@link #UNIT} frames in pages of an order; the first are at the start of the device window. */
    DevPagemap pagemap(int order) {
        DevPagemapOptions options = DevPagemapOptions.of(DevPagemapType.GENERIC, devices, UNIT);
        devices += UNIT;
        DevPagemap pagemap = memory.pagemaps().add(order == 0 ? options : options.withOrder(order));
        afterwards(() -> {
            if (pagemap.isLive()) {
                pagemap.kill();
            }
            pagemap.awaitDone();
            pagemap.close();
        });
        return pagemap;
    }

    /** An address space with {@code bytes} bytes of private memory at {@code address}, stored to once. */
    AddressSpace space(long address, long bytes) {
        AddressSpace space = AddressSpace.create(memory);
        space.setThpPolicy(ThpPolicy.ALWAYS);
        assertThat(space.mmap(address, bytes, Prot.READ_WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED)).isEqualTo(address);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(address, 1);
        }
        spaces.add(space);
        afterwards(() -> {
            space.close();
            int _ = core.retired().drain();
        });
        return space;
    }

    // ---- what is made wrong --------------------------------------------------------------------------------------

    /** Sets an int of a frame's record; the frame. */
    long setInt(long pfn, int offset, int value) {
        long word = core.recordAddress(pfn) + offset;
        int before = Words.getInt(word);
        Words.setInt(word, value);
        afterwards(() -> Words.setInt(word, before));
        return pfn;
    }

    /** Sets a long of a frame's record; the frame. */
    long setLong(long pfn, int offset, long value) {
        long word = core.recordAddress(pfn) + offset;
        long before = Words.getLong(word);
        Words.setLong(word, value);
        afterwards(() -> Words.setLong(word, before));
        return pfn;
    }

    /** Sets the references of a frame; the frame. */
    long setCount(long pfn, int references) {
        return setInt(pfn, PageLayout.REFCOUNT, references);
    }
}
