package io.pinfold.hwmodel.device;

import io.pinfold.core.device.CallbackFailure;
import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.mm.DeviceFrames;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.page.PageRefs;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
 *
 * <p>Once the removal has begun, what hands out a page or opens an object throws; what gives pages back, and what only says what
 * was, works as before. Nothing here touches a record of a device that is gone.
 */
public final class ZoneDevice implements AutoCloseable {
    private static final int OBJECTS_TO_SWEEP = 16;

    private final PhysicalMemory memory;
    private final DevPagemap pagemap;
    private final IdlePages idle;
    private final AtomicLong pageFrees = new AtomicLong();
    private final List<DeviceObject> objects = new ArrayList<>(); // guarded by this
    private int objectsToSweep = OBJECTS_TO_SWEEP; // guarded by this
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
     * @param order 0 to {@link DevPagemapOptions#MAX_ORDER}
     * @throws IllegalArgumentException if {@code pages} or {@code order} is out of range
     * @throws IllegalStateException if the window has no such stretch, or the memory is closed
     */
    public static ZoneDevice plug(PhysicalMemory memory, DevPagemapType type, int pages, int order) {
        return new ZoneDevice(memory, type, pages, order, (devicePfn, ramPfn) -> {
            throw new UnsupportedOperationException("nobody can bring frame " + devicePfn + " back");
        });
    }

    ZoneDevice(PhysicalMemory memory, DevPagemapType type, int pages, int order, ToRam toRam) {
        this.memory = Objects.requireNonNull(memory, "memory");
        this.toRam = toRam;
        if (pages < 1 || order < 0 || order > DevPagemapOptions.MAX_ORDER) {
            throw new IllegalArgumentException("a device has 1 page or more, not " + pages + ", of order 0 to "
                    + DevPagemapOptions.MAX_ORDER + ", not " + order);
        }
        this.pagemap = plugIn(type, pages, order);
        this.idle = ((Driver) pagemap.ops()).idle;
    }

    /** At the first free place; at the next one if another device was faster. Who loses a place has seen another device win it. */
    private DevPagemap plugIn(DevPagemapType type, int pages, int order) {
        long frames = (long) pages << order;
        DevPagemap added = null;
        while (added == null) {
            long first = memory.pagemaps().findFree(frames, 1L << order);
            if (first < 0) {
                throw new IllegalStateException(
                        "no " + frames + " frames in a row are free in the device window of " + memory);
            }
            added = memory.pagemaps().tryAdd(DevPagemapOptions.of(type, first, frames).withOrder(order)
                    .withOwner(this).withOps(new Driver(new IdlePages(first, pages, order))));
        }
        return added;
    }

    private final class Driver implements DevPagemapOps {
        private final IdlePages idle; // there before the pagemap, whose pages may be put at once

        Driver(IdlePages idle) {
            this.idle = idle;
        }

        @Override
        public void pageFree(DevPagemap from, long headPfn) {
            pageFrees.incrementAndGet();
            if (from.type() != DevPagemapType.FS_DAX) {
                boolean _ = idle.giveBack(headPfn);
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

    /**
     * An idle page for the caller: its first frame, or -ENOMEM. No reference is taken.
     *
     * @throws IllegalStateException if the device is unplugged
     */
    public long takePage() {
        return plugged(idle.takeOwned());
    }

    /** The same, answering 0 when the device is unplugged, for a fault. */
    long tryTakePage() {
        return idle.takeOwned();
    }

    /** The same for a mapping, whose last reference makes it idle: it is in nobody's hands who could give it back. */
    long takePageToMap() {
        return plugged(idle.take());
    }

    /** Of {@link #takePageToMap}: it was not mapped. */
    void giveBackUnmapped(long pfn) {
        boolean _ = idle.giveBack(pfn);
    }

    /**
     * The same with a reference, as a driver hands out peer-to-peer memory: {@link #putPage} drops it, and until then the device cannot
     * be removed.
     *
     * @throws IllegalStateException if the device is unplugged
     */
    public long takeReferencedPage() {
        // the driver's own is there, unless somebody killed the pagemap without the device
        return plugged(idle.takeReferenced(
                pfn -> pagemap.isLive() && PageRefs.tryGetPage(Bridge.core(memory).recordAddress(pfn))));
    }

    private long plugged(long pfn) {
        if (pfn == IdlePages.CLOSED) {
            throw unplugged();
        }
        return pfn;
    }

    /**
     * Drops the reference of {@link #takeReferencedPage}; the last but the driver's own makes the page idle.
     *
     * @throws IndexOutOfBoundsException if the frame is not the first of one of the device's pages
     * @throws IllegalStateException     if it was not handed out with a reference, or that was dropped already
     */
    public void putPage(long pfn) {
        if (!idle.endReference(pfn)) {
            throw new IllegalStateException("frame " + pfn + " of " + pagemap
                    + " is put without the reference of takeReferencedPage (put before?)");
        }
        FreeBatch freed = new FreeBatch(Bridge.core(memory));
        Grab.putReferences(Bridge.core(memory), pfn, 1, freed);
        int _ = freed.drain();
    }

    /**
     * The page is idle again, says its owner, who has it from {@link #takePage}.
     *
     * @throws IndexOutOfBoundsException if the frame is not the first of one of the device's pages
     * @throws IllegalStateException     if takePage did not hand it out, or it came back since: its owner or a put gave it back. A page of
     *                                   {@link #takeReferencedPage} comes back by {@link #putPage}, one of {@link PrivateMemory#moveHere}
     *                                   when nothing maps it
     */
    public void giveBackPage(long pfn) {
        if (!idle.giveBackOwned(pfn)) {
            throw new IllegalStateException(
                    "frame " + pfn + " of " + pagemap + " is given back twice, or was not handed out by"
                            + " takePage; it is " + (idle.isBusy(pfn) ? "busy" : "idle"));
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
                forgetThoseThatAreGone();
                objects.add(object);
                return object;
            }
        }
        object.close();
        throw unplugged();
    }

    /** When as many more were opened as had been left last time. */
    private void forgetThoseThatAreGone() {
        if (objects.size() >= objectsToSweep) {
            objects.removeIf(DeviceObject::isGone);
            objectsToSweep = Math.max(OBJECTS_TO_SWEEP, 2 * objects.size());
        }
    }

    /** Objects that the removal would shut down; for tests. */
    synchronized int objects() {
        return objects.size();
    }

    private IllegalStateException unplugged() {
        return new IllegalStateException("the device of " + pagemap + " is unplugged");
    }

    /** Begins the removal: nothing is mapped any more, no look-up succeeds. Does not wait. A second call does nothing. */
    public void startUnplug() {
        synchronized (this) {
            if (isUnplugged) {
                return;
            }
            isUnplugged = true;
            idle.close();
            CallbackFailure failure = new CallbackFailure();
            for (DeviceObject object : objects) {
                failure.run(object::shutDown); // UNPLUG1
            }
            pagemap.kill(); // UNPLUG2
            failure.rethrow();
        }
    }

    /** Whether the removal has begun and nobody holds a page or a look-up any more, so that {@link #unplug} will not wait. */
    public boolean isUnused() {
        return pagemap.step();
    }

    /** Whether {@link #unplug} has ended it: nobody holds a page, and its frames may be another device's. */
    boolean isGone() {
        return pagemap.isClosed();
    }

    /** Removes the device: waits until everybody has given its pages back. A second call waits for the first and does nothing. */
    public void unplug() {
        startUnplug();
        pagemap.awaitDone();
        synchronized (this) {
            if (!pagemap.isClosed()) {
                pagemap.close();
            }
        }
    }

    @Override
    public void close() {
        unplug();
    }
}
