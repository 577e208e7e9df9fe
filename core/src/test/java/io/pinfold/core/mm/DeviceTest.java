package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** A memory with a device window, and devices that are gone again at the end. */
abstract class DeviceTest extends MmTest {
    final List<Long> freed = new ArrayList<>();
    private final List<DevPagemap> pagemaps = new ArrayList<>();
    private final List<DeviceObject> objects = new ArrayList<>();

    @Override
    MemoryOptions options() {
        return super.options().withDeviceBytes(8L << 20);
    }

    @AfterEach
    void removeDevices() {
        for (DeviceObject object : objects) {
            object.shutDown();
            object.close();
        }
        for (DevPagemap pagemap : pagemaps) {
            if (pagemap.isLive()) {
                pagemap.kill();
            }
            assertThat(pagemap.step()).as("no page and no look-up is held: %s", pagemap).isTrue(); // no endless wait
            pagemap.close();
        }
    }

    /** The first frames of the window that are free. */
    DevPagemap pagemap(DevPagemapType type, long frames, int order) {
        long first = memory.pagemaps().findFree(frames, 1L << order);
        DevPagemap pagemap = memory.pagemaps().add(
                DevPagemapOptions.of(type, first, frames).withOrder(order).withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap from, long headPfn) {
                        freed.add(headPfn);
                    }
                }));
        pagemaps.add(pagemap);
        return pagemap;
    }

    DevPagemap pagemap(DevPagemapType type) {
        return pagemap(type, 512, 0);
    }

    /** Page i lies in frame i of the pagemap. */
    DeviceObject object(DevPagemap pagemap, int highestLevel) {
        long first = pagemap.ranges().getFirst().firstPfn();
        long frames = pagemap.ranges().getFirst().frames();
        DeviceObject object = DeviceObject.create(memory, pagemap.type(), frames, highestLevel, new DeviceFrames() {
            @Override
            public long frameOf(long pageIndex) {
                return first + pageIndex;
            }

            @Override
            public long runOf(long pageIndex) {
                return frames - pageIndex;
            }
        });
        objects.add(object);
        return object;
    }

    static long first(DevPagemap pagemap) {
        return pagemap.ranges().getFirst().firstPfn();
    }

    int refs(long pfn) {
        return memory.page(pfn).refCount();
    }

    long map(AddressSpace where, DeviceObject object, long address, long pages, long offset) {
        return where.mmap(address, pages << Geometry.PAGE_SHIFT, RW, MapFlags.SHARED | MapFlags.FIXED, object, offset);
    }

    /** pin_user_pages, and the pages given back at once: the answer. */
    int pinAndUnpin(long address, int pages, int flags) {
        try (PageBatch<Hold.Pin> batch = memory.newPageBatch(pages); MmapGuard guard = space.readLock()) {
            int n = Gup.pinUserPages(space, guard, address, pages, flags, batch);
            if (n > 0) {
                memory.unpinUserPages(batch);
            }
            return n;
        }
    }
}
