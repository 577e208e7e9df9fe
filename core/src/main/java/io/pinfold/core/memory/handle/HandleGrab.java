package io.pinfold.core.memory.handle;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.memory.frame.Counters;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import java.lang.ref.Reference;

/**
 * Takes frames by handle for a session: {@link HandleTake} with the session's statistics, and without allocation also
 * for pages of other owners. Used by one thread at a time, as the slot, which it does not enter.
 */
public final class HandleGrab {
    private final MemoryCore memory;
    private final SessionSlot slot;
    private final FreeBatch spare;

    /** For the owner of {@code slot}, one of {@code memory}'s. */
    public HandleGrab(MemoryCore memory, SessionSlot slot) {
        this.memory = memory;
        this.slot = slot;
        this.spare = new FreeBatch(memory);
    }

    /**
     * Takes one reference if the frame is in the life that the handle means, and neither free nor frozen.
     *
     * @param handle any, or a pin; {@link FrameHandle#NONE} is refused
     * @return true if the caller has a hold, to be given back by {@code FrameHandles.put}
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws io.pinfold.core.gup.MisuseException if the session is closed, or another thread walks with it
     * @throws io.pinfold.core.gup.MemoryClosedException if the memory is closed
     */
    public boolean tryGet(long handle) {
        slot.requireMine();
        int result = HandleTake.tryTake(memory, handle, false, spare);
        if (result != HandleTake.TAKEN) {
            return refused(result);
        }
        HoldLedger.taken(memory, FrameHandle.ofPin(handle), false);
        Reference.reachabilityFence(memory);
        return true;
    }

    /**
     * {@link #tryGet} of a pin.
     *
     * @return the pin, to be given back by {@code FrameHandles.unpin}; {@link FrameHandle#NONE} if there is none
     */
    public long tryPin(long handle) {
        slot.requireMine();
        int result = HandleTake.tryTake(memory, handle, true, spare);
        if (result != HandleTake.TAKEN) {
            boolean _ = refused(result);
            return FrameHandle.NONE;
        }
        slot.count(Counters.handlePins(memory.nodeOf(FrameHandle.pfn(handle))), 1);
        HoldLedger.taken(memory, FrameHandle.ofPin(handle), true);
        Reference.reachabilityFence(memory);
        return FrameHandle.toPin(handle);
    }

    private boolean refused(int result) {
        if (result == HandleTake.RECYCLED) {
            slot.count(Counters.of(RollBack.RECYCLED), 1);
        }
        Reference.reachabilityFence(memory);
        return false;
    }
}
