package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.mm.DeviceFrames;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import java.util.SplittableRandom;

/**
 * A device of a random type with frames alone or in folios, mapped and touched; it may be killed, and goes when it is
 * closed.
 */
final class RandomDevice implements AutoCloseable {

    private static final int FRAMES = Math.max(512, (int) Geometry.leafPages(Geometry.PMD));

    private final DevPagemap pagemap;
    private final DeviceObject object;

    /** Maps the device at {@code address}: a whole leaf, or {@code pages} pages by entries. */
    RandomDevice(Machine machine, SplittableRandom random, int level, long address, int pages) {
        DevPagemapType type = random.nextBoolean() ? DevPagemapType.GENERIC : DevPagemapType.FS_DAX;
        long first = machine.memory.pagemaps().findFree(FRAMES, FRAMES);
        pagemap = machine.memory.pagemaps()
                .add(DevPagemapOptions.of(type, first, FRAMES).withOrder(random.nextInt(3)));
        object = DeviceObject.create(machine.memory, type, FRAMES, level, new DeviceFrames() {
            @Override
            public long frameOf(long pageIndex) {
                return first + pageIndex;
            }

            @Override
            public long runOf(long pageIndex) {
                return FRAMES - pageIndex;
            }
        });
        long bytes = level == Geometry.PTE ? (long) pages * Machine.PAGE : Geometry.levelBytes(level);
        assertThat(machine.space.mmap(address, bytes, Prot.READ_WRITE, MapFlags.SHARED | MapFlags.FIXED, object, 0))
                .isEqualTo(address);
        for (int i = 0; i < pages; i++) {
            machine.cpu.storeLong(address + (long) i * Machine.PAGE, i);
        }
        assertThat(Entry.isHuge(machine.space.entryAt(address))).isEqualTo(level > Geometry.PTE);
    }

    /** The walk may not have its pages from now on. */
    void kill() {
        if (pagemap.isLive()) {
            pagemap.kill();
        }
    }

    boolean isDying() {
        return !pagemap.isLive();
    }

    /** References of look-ups and of pages. */
    long lookUps() {
        return pagemap.references();
    }

    @Override
    public void close() {
        object.shutDown();
        kill();
        assertThat(pagemap.step()).as("I12: no page and no look-up is held: %s", pagemap).isTrue();
        pagemap.close();
        object.close();
    }
}
