package io.pinfold.hwmodel.device;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.memory.FreeBatch;
import io.pinfold.core.memory.Grab;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.DeviceFrames;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.page.PageRefs;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A device with memory of its own: one pagemap in the device window, a driver that knows which pages are idle, and the objects by
 * which its memory is mapped.
 *
 * <p>A page that the driver handed out ({@link #takePage}) belongs to who asked for it; it is idle again when {@link #giveBackPage} says so
 * or, in PRIVATE, COHERENT and PCI_P2PDMA memory, when the last reference but the driver's own is put (page_free). In FS_DAX memory that
 * is a mere hint, because a fast walk may come through an entry that is still there: see {@link DaxFile}.
 *
 * <p>{@link #unplug} is the order that removal needs: objects first, so that nothing is mapped and nothing will be; then kill; then
 * wait for those who hold pages. Any thread.
 */
public final class ZoneDevice implements AutoCloseable {
    private final PhysicalMemory memory;
    private final DevPagemap pagemap;
    private final IdlePages idle;
    private final AtomicLong pageFrees = new AtomicLong();
    private final List<DeviceObject> objects = new ArrayList<>(); // guarded by this
    private boolean isUnplugged; // guarded by this

    private final ToRam toRam;

    /** How the driver of PRIVATE memory copies a page to RAM; 0 or a negative errno. */
    interface ToRam {
        int copy(long devicePfn, long ramPfn);
    }

    /** {@link #plug(PhysicalMemory, DevPagemapType, int, int)} of single pages. */
    public static ZoneDevice plug(PhysicalMemory memory, DevPagemapType type, int pages) {
        return plug(memory, type, pages, 0);
    }

    /**
     * Plugs a device in, at the first free place of the window.
     *
     * @param pages how many, of {@code 1 << order} frames each; a multiple of {@link DevPagemaps#GRANULE_FRAMES} frames in all
     * @throws IllegalStateException if the window has no such stretch, or the memory is closed
     */
    public static ZoneDevice plug(PhysicalMemory memory, DevPagemapType type, int pages, int order) {
        return new ZoneDevice(memory, type, pages, order, (devicePfn, ramPfn) -> {
            throw new UnsupportedOperationException("nobody can bring frame " + devicePfn + " back");
        });
    }

    ZoneDevice(PhysicalMemory memory, DevPagemapType type, int pages, int order, ToRam toRam) {
        this.memory = memory;
        this.toRam = toRam;
        long frames = (long) pages << order;
        long first = memory.pagemaps().findFree(frames, 1L << order);
        if (first < 0) {
            throw new IllegalStateException(
                    "no " + frames + " frames in a row are free in the device window of " + memory);
        }
        this.idle = new IdlePages(first, pages, order);
        this.pagemap = memory.pagemaps().add(
                DevPagemapOptions.of(type, first, frames).withOrder(order).withOwner(this).withOps(new Driver()));
    }

    private final class Driver implements DevPagemapOps {
        @Override
        public void pageFree(DevPagemap from, long headPfn) {
            pageFrees.incrementAndGet();
            if (from.type() != DevPagemapType.FS_DAX) {
                boolean unused = idle.giveBack(headPfn);
            }
        }

        @Override
        public int migrateToRam(DevPagemap from, long devicePfn, long ramPfn) {
            return toRam.copy(devicePfn, ramPfn);
        }
    }

    public PhysicalMemory memory() {
        return memory;
    }

    public DevPagemap pagemap() {
        return pagemap;
    }

    /** Its first frame. */
    public long firstPfn() {
        return pagemap.ranges().getFirst().firstPfn();
    }

    /** How often a put told the driver that a page became idle. */
    public long pageFrees() {
        return pageFrees.get();
    }

    /** Pages handed out. */
    public int busyPages() {
        return idle.countBusy();
    }

    /** Whether the page is handed out. */
    public boolean isBusy(long pfn) {
        return idle.isBusy(pfn);
    }

    /** An idle page for the caller: its first frame, or -ENOMEM. No reference is taken. */
    public long takePage() {
        return idle.take();
    }

    /** The same with a reference, as a driver hands out peer-to-peer memory: {@link #putPage} drops it. */
    public long takeReferencedPage() {
        long pfn = idle.take();
        if (pfn > 0) {
            PageRefs.getPage(memory.recordAddress(pfn)); // on top of the driver's own
        }
        return pfn;
    }

    /** Drops a reference; the last but the driver's own makes the page idle. */
    public void putPage(long pfn) {
        FreeBatch freed = new FreeBatch(memory);
        Grab.putReferences(memory, pfn, 1, freed);
        int unused = freed.drain();
    }

    /**
     * The page is idle again, says its owner.
     *
     * @throws IllegalStateException if it was idle already
     */
    public void giveBackPage(long pfn) {
        if (!idle.giveBack(pfn)) {
            throw new IllegalStateException("frame " + pfn + " of " + pagemap + " is given back twice");
        }
    }

    /**
     * An object that maps the whole device, page for page (device-dax). Whoever opens it closes it.
     *
     * @param highestLevel the largest leaf it may be mapped by, {@code Geometry.PTE} to {@code Geometry.HIGHEST_LEAF}
     */
    public DeviceObject openWhole(int highestLevel) {
        long first = firstPfn();
        long frames = pagemap.pages() << pagemap.order();
        return open(frames, highestLevel, new DeviceFrames() {
            @Override
            public long frameOf(long pageIndex) {
                return first + pageIndex;
            }

            @Override
            public long runOf(long pageIndex) {
                return frames - pageIndex;
            }
        });
    }

    /**
     * An object whose pages lie where {@code frames} says. Whoever opens it closes it.
     *
     * @throws IllegalStateException if the device is unplugged
     */
    public DeviceObject open(long pages, int highestLevel, DeviceFrames frames) {
        DeviceObject object = DeviceObject.create(memory, pagemap.type(), pages, highestLevel, frames);
        synchronized (this) {
            if (!isUnplugged) {
                objects.add(object);
                return object;
            }
        }
        object.close();
        throw new IllegalStateException("the device of " + pagemap + " is unplugged");
    }

    /** Begins the removal: nothing is mapped any more, no look-up succeeds. Does not wait. A second call does nothing. */
    public void startUnplug() {
        synchronized (this) {
            if (isUnplugged) {
                return;
            }
            isUnplugged = true;
            for (DeviceObject object : objects) {
                object.shutDown();
            }
        }
        pagemap.kill();
    }

    /** Whether nobody holds a page or a look-up any more, so that {@link #unplug} will not wait. */
    public boolean isUnused() {
        return pagemap.step();
    }

    /** Removes the device: waits until everybody has given its pages back. */
    public void unplug() {
        startUnplug();
        pagemap.awaitDone();
        pagemap.close();
    }

    @Override
    public void close() {
        unplug();
    }
}
