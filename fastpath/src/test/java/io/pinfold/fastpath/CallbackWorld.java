package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.DeviceFrames;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SpaceAudit;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A memory with a device of every kind that can be mapped, all behind one range of addresses, whose drivers can be told
 * to fail.
 */
final class CallbackWorld implements AutoCloseable {
    static final int PAGE = Geometry.PAGE_BYTES;
    /** Pages of each kind, which follow each other: RAM, PRIVATE, GENERIC, FS_DAX, COHERENT. */
    static final int EACH = 2;
    static final int PAGES = 5 * EACH;
    private static final int FRAMES = Math.max(512, (int) Geometry.leafPages(Geometry.PMD));
    static final long BASE = 8 * Geometry.levelBytes(Geometry.PMD);
    static final long PRIVATE = BASE + EACH * PAGE;
    /** An area that GENERIC memory maps by a leaf. */
    static final long LEAF = 2 * BASE;

    /** What the chosen callback does instead of its work. */
    enum Act {
        RUNTIME, ILLEGAL_STATE, OUT_OF_MEMORY, STACK_OVERFLOW, CHECKED, LIE
    }

    private static final int[] ANSWERS = {1, 2, 3, Integer.MAX_VALUE, Integer.MIN_VALUE, -28, -17, -5};

    final PhysicalMemory memory = PhysicalMemory
            .open(MemoryOptions.ofRam(16L << 20).withDeviceBytes(4L * FRAMES * PAGE));
    final AddressSpace space = AddressSpace.create(memory);
    final Cpu cpu = space.openCpu();
    final GupSession session = GupSession.open(memory);
    final GupSessionPool pool = GupSession.pool(memory, 1);
    final PageBatch<?> batch = memory.newPageBatch(PAGES);
    final ExtentBatch<?> extents = memory.newExtentBatch(PAGES);
    final List<DeviceObject> objects = new ArrayList<>();
    private final List<DevPagemap> pagemaps = new ArrayList<>();
    private Act act = Act.RUNTIME;
    private int failAt;
    private int lie;
    int calls;
    @Nullable
    Throwable planted;

    CallbackWorld() {
        pagemap(DevPagemapType.PRIVATE);
        long anonymous = space.mmap(BASE, 2L * EACH * PAGE, Prot.READ_WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
        assertThat(anonymous).isEqualTo(BASE);
        for (int i = 0; i < EACH; i++) {
            cpu.storeLong(PRIVATE + (long) i * PAGE, i);
            assertThat(space.migrateToDevice(PRIVATE + (long) i * PAGE, first(0) + i)).isZero();
        }
        map(pagemap(DevPagemapType.GENERIC), 2, Geometry.PMD);
        map(pagemap(DevPagemapType.FS_DAX), 3, Geometry.PTE);
        map(pagemap(DevPagemapType.COHERENT), 4, Geometry.PTE);
        assertThat(space.mmap(LEAF, Geometry.levelBytes(Geometry.PMD), Prot.READ_WRITE,
                MapFlags.SHARED | MapFlags.FIXED, objects.getFirst(), 0)).isEqualTo(LEAF);
    }

    private DevPagemap pagemap(DevPagemapType type) {
        long first = memory.pagemaps().findFree(FRAMES, FRAMES);
        DevPagemap pagemap = memory.pagemaps().add(DevPagemapOptions.of(type, first, FRAMES).withOps(
                new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap from, long headPfn) {
                        long _ = answer(0, 0);
                    }

                    @Override
                    public int migrateToRam(DevPagemap from, long devicePfn, long ramPfn) {
                        return (int) answer(0, ANSWERS[lie % ANSWERS.length]);
                    }
                }));
        pagemaps.add(pagemap);
        return pagemap;
    }

    private void map(DevPagemap pagemap, int kind, int level) {
        long first = pagemap.ranges().getFirst().firstPfn();
        long other = pagemaps.getFirst().ranges().getFirst().firstPfn(); // of another type
        long[] frames = {0, 2, Long.MIN_VALUE, -(1L << 32) + 5, Long.MAX_VALUE, other, 1L << 40, -28, -17, -5};
        long[] runs = {Long.MAX_VALUE, Long.MIN_VALUE, 0, -1};
        DeviceObject object = DeviceObject.create(memory, pagemap.type(), FRAMES, level, new DeviceFrames() {
            @Override
            public long frameOf(long pageIndex) {
                return answer(first + pageIndex, frames[lie % frames.length]);
            }

            @Override
            public long runOf(long pageIndex) {
                return answer(FRAMES - pageIndex, runs[lie % runs.length]);
            }
        });
        objects.add(object);
        long address = BASE + (long) kind * EACH * PAGE;
        assertThat(space.mmap(address, (long) EACH * PAGE, Prot.READ_WRITE, MapFlags.SHARED | MapFlags.FIXED, object,
                0)).isEqualTo(address);
    }

    long first(int pagemap) {
        return pagemaps.get(pagemap).ranges().getFirst().firstPfn();
    }

    /** The {@code k}-th callback from now on does something else; 0 for none. */
    void arm(Act what, int k, int whichLie) {
        act = what;
        failAt = k;
        lie = whichLie;
        calls = 0;
        planted = null;
    }

    /** An action that is a callback, too. */
    LongSupplier action() {
        return () -> answer(1, 1);
    }

    private long answer(long truth, long untruth) {
        if (++calls != failAt) {
            return truth;
        }
        planted = switch (act) {
            case RUNTIME -> new IllegalArgumentException("planted");
            case ILLEGAL_STATE -> new IllegalStateException("planted");
            case OUT_OF_MEMORY -> new OutOfMemoryError("planted");
            case STACK_OVERFLOW -> new StackOverflowError("planted");
            case CHECKED -> new Exception("planted");
            case LIE -> null;
        };
        if (planted != null) {
            throw CallbackWorld.<RuntimeException>asIs(planted);
        }
        return untruth;
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Throwable> T asIs(Throwable thrown) throws T {
        throw (T) thrown;
    }

    /** Every page that has no leaf of its own is mapped; the PRIVATE ones stay with their device. */
    void touch() {
        for (int page = 0; page < PAGES; page++) {
            if (page < EACH || page >= 2 * EACH) {
                cpu.storeLong(BASE + (long) page * PAGE, page);
            }
        }
    }

    /** Pins the pages of devices that can be mapped, and then nothing maps them any more. */
    void holdUnmapped() {
        touch();
        int pages = 3 * EACH;
        long address = PRIVATE + EACH * PAGE;
        assertThat(session.pinUserPagesFast(space, address, pages, GupOptions.READ, Kinds.pins(batch)))
                .isEqualTo(pages);
        assertThat(space.munmap(address, (long) pages * PAGE)).isZero();
    }

    /** What is held is given back; then nothing is held, and every count is what the mappings make it. */
    void assertNothingIsHeld() {
        if (batch.isHeld()) {
            assertThat(batch.isPinned() ? memory.unpinUserPages(Kinds.pins(batch)) : memory.putPages(Kinds.gets(batch)))
                    .isPositive();
        }
        assertThat(batch.size() + extents.size()).isZero();
        assertThat(memory.vmStat().nrFollPinReleased()).isEqualTo(memory.vmStat().nrFollPinAcquired());
        assertThat(MemoryAudit.check(memory)).isEmpty();
        assertThat(SpaceAudit.check(memory, space.isClosed() ? List.of() : List.of(space))).isEmpty();
        MemoryAudit.forEachAllocated(memory, page -> {
            if (page.type() == PageType.USER) {
                assertThat(page.refCount()).as("%s", page).isEqualTo(page.mapCount() + page.entireMapCount());
            }
        });
        for (DevPagemap pagemap : pagemaps) {
            long first = pagemap.ranges().getFirst().firstPfn();
            assertThat(pagemap.references()).as("%s", pagemap).isEqualTo(1 + FRAMES);
            for (long pfn = first; pfn < first + FRAMES; pfn++) {
                PageInfo page = memory.page(pfn);
                assertThat(page.refCount()).as("%s", page).isEqualTo(1 + page.mapCount());
            }
        }
    }

    @Override
    public void close() {
        arm(Act.RUNTIME, 0, 0);
        batch.close();
        extents.close();
        cpu.close();
        session.close();
        pool.close();
        for (DeviceObject object : objects) {
            object.shutDown();
            object.close();
        }
        space.close();
        for (DevPagemap pagemap : pagemaps) {
            pagemap.kill();
            assertThat(pagemap.step()).as("no page and no look-up is held: %s", pagemap).isTrue(); // no endless wait
            pagemap.close();
        }
        int _ = Bridge.core(memory).retired().drain();
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }
}
