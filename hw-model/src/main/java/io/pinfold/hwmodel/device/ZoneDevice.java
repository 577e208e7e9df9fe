package io.pinfold.hwmodel.device;

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
import io.pinfold.core.pagemap.CallbackFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A device with memory of its own: one pagemap in the device window, a driver with a table of idle pages, and the
 * objects by which its memory is mapped.
 *
 * <p>A page that the driver handed out ({@link #takePage}) belongs to the caller. It is idle again after {@link
 * #giveBackPage} or, in PRIVATE, COHERENT and PCI_P2PDMA memory, when the last reference but the driver's own is put
 * (page_free). In FS_DAX memory that is only a hint, because a fast walk may come through an entry that is still there:
 * see {@link DaxFile}.
 *
 * <p>{@link #unplug} keeps the order that removal needs: first the objects are shut down, so that nothing is mapped and
 * nothing will be; then the pagemap is killed; then it waits until no page is held. Any thread.
 *
 * <p>Once the removal has begun, methods that hand out a page or open an object throw. Methods that give pages back,
 * and those that only report, work as before. No method touches a record of a removed device.
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

    /** Copies a page of PRIVATE memory to RAM, as its driver does; returns 0 or a negative errno. */
    interface ToRam {
        int copy(long devicePfn, long ramPfn);
    }

    /** Does what {@link #plug(PhysicalMemory, DevPagemapType, int, int)} does, with single pages. */
    public static ZoneDevice plug(PhysicalMemory memory, DevPagemapType type, int pages) {
        return plug(memory, type, pages, 0);
    }

    /**
     * Plugs a device in at the first free place of the window.
     *
     * @param pages number of pages, of {@code 1 << order} frames each; a multiple of {@link DevPagemaps#GRANULE_FRAMES}
     *              frames in all
     * @param order 0 to {@link DevPagemapOptions#MAX_ORDER}
     * @throws IllegalArgumentException if {@code pages} or {@code order} is out of range
     * @throws IllegalStateException if the window has no such stretch, or the memory is closed
     */
    public static ZoneDevice plug(PhysicalMemory memory, DevPagemapType type, int pages, int order) {
        return new ZoneDevice(memory, type, pages, order, (devicePfn, ramPfn) -> {
            throw new UnsupportedOperationException("no driver can bring frame " + devicePfn + " back");
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

    /**
     * Adds the pagemap at the first free place, or at the next one if another device took it. A lost place means that
     * another device won, so the loop makes progress.
     */
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

    /** The first frame of the device. */
    public long firstPfn() {
        return pagemap.ranges().getFirst().firstPfn();
    }

    /** The number of puts that reported a page as idle to the driver. */
    public long pageFrees() {
        return pageFrees.get();
    }

    /** The number of pages handed out. */
    public int busyPages() {
        return idle.countBusy();
    }

    /** Whether the page is handed out. */
    public boolean isBusy(long pfn) {
        return idle.isBusy(pfn);
    }

    /**
     * Hands an idle page to the caller: returns its first frame, or -ENOMEM. No reference is taken.
     *
     * @throws IllegalStateException if the device is unplugged
     */
    public long takePage() {
        return plugged(idle.takeOwned());
    }

    /** Does what {@link #takePage} does for a fault, and returns 0 when the device is unplugged. */
    long tryTakePage() {
        return idle.takeOwned();
    }

    /** Hands an idle page to a mapping, whose last reference makes it idle: no owner can give it back. */
    long takePageToMap() {
        return plugged(idle.take());
    }

    /** Gives back a page of {@link #takePageToMap} that was not mapped. */
    void giveBackUnmapped(long pfn) {
        boolean _ = idle.giveBack(pfn);
    }

    /**
     * Hands an idle page to the caller with a reference, as a driver hands out peer-to-peer memory: {@link #putPage}
     * drops it, and until then the device cannot be removed.
     *
     * @throws IllegalStateException if the device is unplugged
     */
    public long takeReferencedPage() {
        // the driver's reference is there, unless the pagemap was killed without the device
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
     * Makes a page idle that its owner has from {@link #takePage}.
     *
     * @throws IndexOutOfBoundsException if the frame is not the first of one of the device's pages
     * @throws IllegalStateException     if takePage did not hand it out, or it came back already, from its owner or by
     *                                   a put. A page of {@link #takeReferencedPage} comes back by {@link #putPage},
     *                                   one of {@link PrivateMemory#moveHere} when nothing maps it
     */
    public void giveBackPage(long pfn) {
        if (!idle.giveBackOwned(pfn)) {
            throw new IllegalStateException(
                    "frame " + pfn + " of " + pagemap + " is given back twice, or was not handed out by"
                            + " takePage; it is " + (idle.isBusy(pfn) ? "busy" : "idle"));
        }
    }

    /**
     * Opens an object that maps the whole device, page for page (device-dax). The caller closes it.
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
     * Opens an object whose pages {@code frames} locates. The caller closes it.
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

    /** Removes closed objects from the list, when it has doubled after the last removal. */
    private void forgetThoseThatAreGone() {
        if (objects.size() >= objectsToSweep) {
            objects.removeIf(DeviceObject::isGone);
            objectsToSweep = Math.max(OBJECTS_TO_SWEEP, 2 * objects.size());
        }
    }

    /** The number of objects that the removal would shut down; for tests. */
    synchronized int objects() {
        return objects.size();
    }

    private IllegalStateException unplugged() {
        return new IllegalStateException("the device of " + pagemap + " is unplugged");
    }

    /**
     * Begins the removal: from then on nothing is mapped and no look-up succeeds. Does not wait. A second call does
     * nothing.
     */
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

    /** Whether the removal has begun and no page or look-up is held any more, so that {@link #unplug} will not wait. */
    public boolean isUnused() {
        return pagemap.step();
    }

    /** Whether {@link #unplug} has ended the removal: no page is held, and the frames may belong to another device. */
    boolean isGone() {
        return pagemap.isClosed();
    }

    /**
     * Removes the device: waits until all its pages were given back. A second call waits for the first and does
     * nothing.
     */
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
