package io.pinfold.core.mm;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.device.DeviceMapping;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.StackRoom;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * Device memory that can be mapped: a file on a DAX file system, a device-dax character device, or coherent memory of
 * an accelerator. Which frame a page lies in, the {@link DeviceFrames} say at each fault; only SHARED mappings are
 * possible.
 *
 * <p>The object knows its mappings, so that {@link #unmap} takes pages out of every page table: under the object's lock
 * and the locks of the tables, without mmap_lock of any space. That is safe because a VMA leaves the list, under the
 * same lock, before the tables that only it needs are unlinked. Faults install entries under the object's lock, so what
 * was unmapped stays unmapped as long as the lock is held.
 *
 * <p>Threads may share it. While it is alive it keeps its memory from closing.
 */
public final class DeviceObject extends MappedObject {
    private final DeviceMapping peer;

    private DeviceObject(PhysicalMemory memory, DevPagemapType type, long pages, int highestLevel,
            DeviceFrames frames) {
        super(memory);
        this.peer = new DeviceMapping(Bridge.core(memory), type, pages, highestLevel, frames::frameOf, frames::runOf);
    }

    /**
     * An object of {@code pages} pages.
     *
     * @param memory the memory that the pagemaps belong to
     * @param type of the pagemaps its frames belong to: FS_DAX and GENERIC memory is mapped by device entries, which
     *             hold no reference, COHERENT memory by ordinary ones, which do
     * @param pages length in pages of 4096 bytes, 1 or more
     * @param highestLevel the largest leaf it may be mapped by: 0 for single pages, 1 to 2 MiB, 2 to 1 GiB
     * @param frames which frame a page lies in; asked in faults
     * @return the object, open until {@link #close}
     * @throws IllegalArgumentException if memory of the type is never mapped: PRIVATE, PCI_P2PDMA; or {@code pages} is
     *     out of range
     * @throws MemoryClosedException    if the memory is closed
     * @throws IndexOutOfBoundsException if there is no such level
     */
    public static DeviceObject create(PhysicalMemory memory, DevPagemapType type, long pages, int highestLevel,
            DeviceFrames frames) {
        StackRoom.forWalk();
        Objects.requireNonNull(memory, "memory");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(frames, "frames");
        if (type == DevPagemapType.PRIVATE || type == DevPagemapType.PCI_P2PDMA) {
            throw new IllegalArgumentException(type + " memory is never mapped to user space");
        }
        if (pages <= 0 || pages > Geometry.USER_END >>> Geometry.PAGE_SHIFT) {
            throw new IllegalArgumentException("pages = " + pages);
        }
        Objects.checkIndex(highestLevel, Geometry.HIGHEST_LEAF + 1);
        return new DeviceObject(memory, type, pages, highestLevel, frames);
    }

    @Override
    DeviceMapping peer() {
        return peer;
    }

    /** {@return length of the object in pages} */
    public long pages() {
        return peer.pages();
    }

    /** {@return type of the pagemaps that its frames belong to} */
    public DevPagemapType type() {
        return peer.type();
    }

    /**
     * Takes pages out of every page table that maps them. When it returns no {@link Cpu} access works with them; gets
     * and pins live on, and the next access faults. Not from inside a walker slot. Kernel: unmap_mapping_range().
     *
     * @param firstPage number of the first page in the object, from 0
     * @param count how many pages, 0 or more
     * @throws IndexOutOfBoundsException if the object does not have these pages
     */
    public void unmap(long firstPage, long count) {
        long _ = unmapAndThen(firstPage, count, () -> 0);
    }

    /**
     * The same, and then runs {@code action} while no fault can map a page of the object again. The action does not
     * call the object, nor anything that faults or maps. If the owner of a page that became idle throws, everything is
     * unmapped and the action is not run.
     *
     * @param firstPage number of the first page in the object, from 0
     * @param count how many pages, 0 or more
     * @param action run under the object's lock
     * @return what the action answers
     * @throws IndexOutOfBoundsException if the object does not have these pages
     */
    public long unmapAndThen(long firstPage, long count, LongSupplier action) {
        return peer.unmapAndThen(firstPage, count, Objects.requireNonNull(action, "action"));
    }

    /**
     * Ends all access for good, before its pagemap is killed: takes every page out of every page table, and faults
     * answer -EFAULT from now on. A second call does nothing.
     */
    public void shutDown() {
        peer.shutDown();
    }
}
