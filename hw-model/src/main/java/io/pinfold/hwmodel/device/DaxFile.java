package io.pinfold.hwmodel.device;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.mm.DeviceFrames;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import java.util.Arrays;
import java.util.Objects;

/**
 * A file on a DAX file system: its blocks are the pages of an FS_DAX device, which are mapped directly. Blocks are
 * allocated by the first touch and freed by {@link #punchHole}.
 *
 * <h2>Protocol: layout break against a fast pin [R14]</h2>
 *
 * <pre>
 * Puncher, under the object's lock (no fault maps)        Walker
 * PUNCH1 unmap the range from every page table: exchange  WALK4 read the entry
 * PUNCH2 flush                                            WALK5 a reference on the page
 * PUNCH3 read the count of every block; above 1: busy     WALK7 read the entry again; changed: undo
 * PUNCH4 none busy: free the blocks; else leave the lock,
 *        wait until the count changes, again from PUNCH1
 * </pre>
 *
 * <p>PUNCH1 must precede PUNCH3: then a walker whose reference PUNCH3 does not see finds the entry changed at WALK7. In
 * the opposite order a walker in between would keep a block that the next file gets [I8]. The put that leaves 1 wakes
 * the waiter in PUNCH4, but does not prove the block idle: another walker may have used an entry that a fault installed
 * anew. So PUNCH4 begins again at PUNCH1.
 *
 * <p>The file is scanned whether it is mapped or not, so a pin that outlived its mapping is waited for (Linux 6.1 looks
 * only at files that are mapped). Any thread.
 */
public final class DaxFile implements AutoCloseable {
    private static final int IDLE = 1;

    private final ZoneDevice device;
    private final long[] blocks; // frame of each page, 0 for a hole; guarded by the object's lock
    private final DeviceObject object;

    /**
     * Makes a file of {@code pages} pages, all of it holes.
     *
     * @param pages 1 or more
     * @throws IllegalArgumentException unless the device's memory is FS_DAX, its pages are single and {@code pages} is
     *         positive
     * @throws IllegalStateException    if the device is unplugged
     */
    public DaxFile(ZoneDevice device, int pages) {
        if (pages < 1) {
            throw new IllegalArgumentException("a DAX file has 1 page or more, not " + pages);
        }
        Objects.requireNonNull(device, "device");
        if (device.pagemap().type() != DevPagemapType.FS_DAX || device.pagemap().order() != 0) {
            throw new IllegalArgumentException("no DAX file system on " + device.pagemap());
        }
        this.device = device;
        this.blocks = new long[pages];
        DeviceFrames frames = index -> {
            if (blocks[(int) index] == 0) {
                allocate((int) index);
            }
            return blocks[(int) index] != 0 ? blocks[(int) index] : -Errno.ENOSPC;
        };
        this.object = device.open(pages, Geometry.PTE, frames);
    }

    private void allocate(int index) {
        long pfn = device.tryTakePage();
        if (pfn > 0) {
            Words.fill(Bridge.core(device.memory()).frameAddress(pfn), Align.PAGE_BYTES, (byte) 0);
            blocks[index] = pfn;
        }
    }

    /** The object for mmap. */
    public DeviceObject object() {
        return object;
    }

    /** Frame of a page's block; 0 for a hole. */
    public long blockOf(int page) {
        Objects.checkIndex(page, blocks.length);
        return object.unmapAndThen(page, 0, () -> blocks[page]);
    }

    /**
     * Frees the blocks of a range if none is in use, and else names a page whose block is in use. Then nothing is
     * freed, but all of the range is unmapped (PUNCH1 to PUNCH4, once).
     *
     * @return -1 when the range is a hole now, else a page whose block is held
     */
    public int tryPunchHole(int firstPage, int count) {
        return (int) object.unmapAndThen(firstPage, count, () -> { // PUNCH1, PUNCH2
            for (int page = firstPage; page < firstPage + count; page++) {
                if (blocks[page] != 0 && references(blocks[page]) > IDLE) { // PUNCH3
                    return page;
                }
            }
            free(firstPage, count); // PUNCH4
            return -1;
        });
    }

    /** Frees the blocks of a range after waiting for every holder of a block (break_layouts, then the hole). */
    public void punchHole(int firstPage, int count) {
        for (int busy = tryPunchHole(firstPage, count); busy >= 0; busy = tryPunchHole(firstPage, count)) {
            awaitIdle(busy);
        }
    }

    /** Waits for a put that may have left the block idle; it may be held again, or be another's, when this returns. */
    private void awaitIdle(int page) {
        long pfn = blockOf(page);
        if (pfn == 0) {
            return;
        }
        long count = Bridge.core(device.memory()).recordAddress(pfn) + PageLayout.REFCOUNT;
        int seen = Words.getIntVolatile(count);
        if (seen > IDLE && !device.isGone()) { // asked after the count, which thus is of this block and will change
            Waits.whileEqualsInt(count, seen, "users of a block"); // woken by the put that leaves 1
        }
    }

    /**
     * The reference count of a block's page; 0 if the device is gone, because no block is held then and the frame may
     * belong to another device. The object keeps the records mapped.
     */
    private int references(long pfn) {
        int found = PageRefs.refCount(Bridge.core(device.memory()).recordAddress(pfn));
        return device.isGone() ? 0 : found;
    }

    private void free(int firstPage, int count) {
        for (int page = firstPage; page < firstPage + count; page++) {
            if (blocks[page] != 0) {
                device.giveBackPage(blocks[page]);
            }
        }
        Arrays.fill(blocks, firstPage, firstPage + count, 0);
    }

    /** Removes the file: waits until no block is held. Mappings stay and fault. A second call does nothing. */
    @Override
    public void close() {
        object.shutDown();
        punchHole(0, blocks.length);
        object.close();
    }
}
