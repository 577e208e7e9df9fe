package io.pinfold.core.mm.device;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaObject;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.mm.unmap.Gather;
import io.pinfold.core.mm.unmap.Zap;
import io.pinfold.core.pagemap.CallbackFailure;
import io.pinfold.core.pgtable.Geometry;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;

/**
 * The mappings of a device object, and the frames that its driver names for its pages. Pages are taken out of every
 * page table under the mutex, without mmap_lock of any space: a VMA leaves the list under the same mutex before the
 * tables that only it needs are unlinked. Faults install entries under the mutex, so what was unmapped stays unmapped
 * while it is held.
 */
public final class DeviceMapping extends VmaObject {
    private final DevPagemapType type;
    private final long pages;
    private final int highestLevel;
    private final LongUnaryOperator frames;
    private final LongUnaryOperator runs;
    private boolean isShutDown; // guarded by the mutex, as are look-ups and installing entries

    /**
     * An object that nothing maps yet.
     *
     * @param frames gives the driver's answer for the frame of a page
     * @param runs   gives its answer for the frames that follow each other from there
     */
    public DeviceMapping(MemoryCore memory, DevPagemapType type, long pages, int highestLevel,
            LongUnaryOperator frames, LongUnaryOperator runs) {
        super(memory, memory.nextId(), "device object");
        this.type = type;
        this.pages = pages;
        this.highestLevel = highestLevel;
        this.frames = frames;
        this.runs = runs;
    }

    public long pages() {
        return pages;
    }

    public DevPagemapType type() {
        return type;
    }

    /**
     * Unmaps pages everywhere (unmap_mapping_range), then runs {@code action} with the mutex held. If the callback for
     * a page that became idle throws, everything is unmapped and the action is not run.
     */
    public long unmapAndThen(long firstPage, long count, LongSupplier action) {
        Objects.checkFromIndexSize(firstPage, count, pages);
        mutex().lock();
        try {
            unmapLocked(firstPage, count);
            return action.getAsLong();
        } finally {
            mutex().unlock();
        }
    }

    /** Unmaps everything, and faults answer -EFAULT from now on. */
    public void shutDown() {
        mutex().lock();
        try {
            isShutDown = true;
            unmapLocked(0, pages);
        } finally {
            mutex().unlock();
        }
    }

    private void unmapLocked(long firstPage, long count) {
        CallbackFailure failure = new CallbackFailure();
        for (Vma vma : vmas()) {
            long from = Math.max(firstPage, vma.pageOffset());
            long to = Math.min(firstPage + count, vma.pageOffset() + (vma.end() - vma.start() >>> Geometry.PAGE_SHIFT));
            if (from < to) {
                long start = vma.start() + (from - vma.pageOffset() << Geometry.PAGE_SHIFT);
                Gather gather = new Gather(vma.mm());
                Zap.range(vma.mm(), start, start + (to - from << Geometry.PAGE_SHIFT), gather);
                failure.run(gather::finish); // the other mappings, too
            }
        }
        failure.rethrow();
    }

    @Override
    public boolean isFsDax() {
        return type == DevPagemapType.FS_DAX;
    }

    @Override
    public VmaOperations operations() {
        return DeviceVma.INSTANCE;
    }

    @Override
    public boolean mayBePrivate() {
        return false;
    }

    /** The largest leaf it may be mapped by. */
    int highestLevel() {
        return highestLevel;
    }

    /** The driver's answer, unchecked; -EFAULT for no page of the object; the lock is held. */
    long frameOf(long pageIndex) {
        return isShutDown || pageIndex < 0 || pageIndex >= pages
                ? -Errno.EFAULT
                : frames.applyAsLong(pageIndex);
    }

    /** Pages from one on that lie in frames that follow each other; the lock is held. */
    long runOf(long pageIndex) {
        return Math.min(runs.applyAsLong(pageIndex), pages - pageIndex);
    }

    @Override
    public String toString() {
        return super.toString() + " of " + type + " memory";
    }
}
