package io.pinfold.core.memory.handle;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import org.jspecify.annotations.Nullable;

/**
 * The speculative side of frame handles: steps HANDLE1 to HANDLE3 of {@code FrameHandles}. No slot and no lock: frames
 * and records stay mapped as long as anything refers to the memory. One locked instruction for a frame that
 * {@code FrameHandles} allocated.
 */
public final class HandleTake {
    /** Nothing is held: the frame is free, frozen, no user frame, or its count has overflowed. */
    public static final int REFUSED = 0;
    /** Nothing is held: the frame was taken, in another life, and given back. */
    public static final int RECYCLED = 1;
    /** The caller holds the frame. */
    public static final int TAKEN = 2;

    private static final long KIND = PageType.MASK | PageFlags.BY_HANDLE;
    private static final long OWNED = PageType.toFlags(PageType.USER) | PageFlags.BY_HANDLE;

    private HandleTake() {
    }

    /**
     * Takes one reference or pin if the frame is in the life that the handle means, and neither free nor frozen.
     *
     * @param handle any, or a pin; NONE is refused
     * @param spare an empty batch of the calling thread, for pages of other owners; one is made if it is null
     * @return {@link #TAKEN}, {@link #REFUSED} or {@link #RECYCLED}
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws io.pinfold.core.gup.MemoryClosedException if the memory is closed
     */
    public static int tryTake(MemoryCore memory, long handle, boolean pinned, @Nullable FreeBatch spare) {
        long pfn = FrameHandle.pfn(handle);
        memory.checkPfn(pfn);
        long record = PageLayout.record(memory.recordBase(), pfn);
        if ((Words.getLongVolatile(record + PageLayout.FLAGS) & KIND) != OWNED) { // HANDLE1
            return tryUnowned(memory, record, handle, pinned, spare);
        }
        int amount = pinned ? PageRefs.PIN_BIAS : 1;
        int count = Words.getIntVolatile(record + PageLayout.REFCOUNT);
        StackRoom.forPart(count);
        for (int beaten = 0;; beaten++) {
            if (count <= 0) {
                return REFUSED;
            }
            // HANDLE2 -> OWNER2, HOLDER2, FREE1
            int found = Words.compareAndExchangeInt(record + PageLayout.REFCOUNT, count, count + amount);
            if (found == count) {
                break;
            }
            Waits.backOff(beaten);
            count = Words.getIntVolatile(record + PageLayout.REFCOUNT);
        }
        if (PageRefs.generation(record) == FrameHandle.generation(handle)) { // HANDLE3 -> FREE4
            return TAKEN;
        }
        if (PageRefs.subAndTest(record, amount)) {
            free(memory, pfn, spare);
        }
        return RECYCLED;
    }

    /** A frame that is no user frame, or that others own: a memory that is closed has none. */
    private static int tryUnowned(MemoryCore memory, long record, long handle, boolean pinned,
            @Nullable FreeBatch spare) {
        StackRoom.forPart();
        memory.requireMapped();
        if (PageType.of(record) != PageType.USER) {
            return REFUSED;
        }
        FreeBatch deferred = spare == null ? new FreeBatch(memory) : spare;
        long token = Grab.trySpeculative(memory, FrameHandle.pfn(handle), 1,
                pinned ? FollBits.FOLL_PIN : FollBits.FOLL_GET, deferred); // HANDLE2
        int result = REFUSED;
        if (token > 0) {
            if (PageRefs.generation(record) == FrameHandle.generation(handle)) { // HANDLE3
                // What HANDLE1 read is about this life: the handle shows that it had begun, HANDLE3 that it goes on.
                GuestHolds.add(record, pinned);
                result = TAKEN;
            } else {
                Grab.undo(memory, token, deferred);
                result = RECYCLED;
            }
        }
        if (!deferred.isEmpty()) {
            int _ = deferred.drain();
        }
        return result;
    }

    private static void free(MemoryCore memory, long pfn, @Nullable FreeBatch spare) {
        FreeBatch batch = spare == null ? new FreeBatch(memory) : spare;
        batch.add(pfn);
        int _ = batch.drain();
    }
}
