package io.pinfold.core.mm;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.mm.shared.SharedPages;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.StackRoom;

/**
 * Anonymous memory that several mappings share, in one address space or in several of one memory: an index from page to
 * frame, with one reference a page, and the list of the mappings (shmem). {@code mmap} with SHARED and ANONYMOUS makes
 * an unnamed one that lives as long as its mappings; {@link #create(PhysicalMemory, long)} makes one that lives until
 * {@link #close()} and the last mapping are both past. Pages are zero until the first store.
 *
 * <p>Threads may share it. While it is alive it keeps its memory from closing.
 */
public final class SharedMemory extends MappedObject {
    private final SharedPages peer;

    private SharedMemory(PhysicalMemory memory, SharedPages peer) {
        super(memory);
        this.peer = peer;
    }

    /**
     * A new object of {@code bytes}, rounded up to pages; no frame is taken yet.
     *
     * @param memory where the frames come from
     * @param bytes length in bytes, 1 or more
     * @return the object, open until {@link #close}
     * @throws IllegalArgumentException if {@code bytes} is not positive or too large for an address space
     * @throws MemoryClosedException    if the memory is closed
     */
    public static SharedMemory create(PhysicalMemory memory, long bytes) {
        return create(memory, bytes, 0);
    }

    /**
     * The same with large folios: a page that is touched first comes in an aligned folio of up to
     * {@code 1 << folioOrder} pages, as far as the object reaches, none of them is there yet and frames can be had.
     * Only the page that is touched is mapped.
     *
     * @param memory where the frames come from
     * @param bytes length in bytes, 1 or more
     * @param folioOrder 0 to 10
     * @return the object, open until {@link #close}
     * @throws IllegalArgumentException if {@code folioOrder} is out of range, or {@code bytes} as above
     * @throws MemoryClosedException if the memory is closed
     */
    public static SharedMemory create(PhysicalMemory memory, long bytes, int folioOrder) {
        StackRoom.forWalk();
        if (folioOrder < 0 || folioOrder > Blocks.MAX_ORDER) {
            throw new IllegalArgumentException("folioOrder = " + folioOrder + " is not in 0.." + Blocks.MAX_ORDER);
        }
        if (bytes <= 0 || bytes > Geometry.USER_END) {
            throw new IllegalArgumentException(
                    "bytes must be from 1 to " + Geometry.USER_END + ", not " + bytes);
        }
        long pages = Geometry.pageCeil(bytes) >>> Geometry.PAGE_SHIFT;
        return new SharedMemory(memory, SharedPages.create(Bridge.core(memory), pages, folioOrder));
    }

    @Override
    SharedPages peer() {
        return peer;
    }

    /** {@return length in bytes, a multiple of the page size} */
    public long bytes() {
        return peer.count() << Geometry.PAGE_SHIFT;
    }

    /**
     * {@return the frame number of a page now; 0 when it has none (never touched, out of range, released)}
     *
     * @param pageIndex number of the page in the object, from 0
     */
    public long frameOf(long pageIndex) {
        return peer.frameOf(pageIndex);
    }
}
