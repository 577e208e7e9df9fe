package io.pinfold.core.memory;

import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.gup.FollFlags;
import io.pinfold.core.gup.RollBack;
import io.pinfold.core.page.FrameHandle;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;

/**
 * The speculative side of frame handles: steps H1 to H6 of {@link FrameHandles}, for the owner of a walker slot. One thread
 * at a time, as the slot; a second one is detected by it. Allocates nothing.
 */
public final class HandleGrab {
    private final PhysicalMemory memory;
    private final FrameHandles handles;
    private final WalkerSlot slot;
    private final FreeBatch deferred; // touched inside the slot alone

    /** For the owner of {@code slot}, one of {@code memory}'s. */
    public HandleGrab(PhysicalMemory memory, WalkerSlot slot) {
        this.memory = memory;
        this.handles = memory.handles();
        this.slot = slot;
        this.deferred = new FreeBatch(memory);
    }

    /**
     * Takes one reference if the frame is in the life that the handle means, and neither free nor frozen. Waits while a close is
     * looking for users.
     *
     * @param handle any; {@link FrameHandle#NONE} is refused
     * @param flags FOLL_GET or FOLL_PIN
     * @return true if the caller has a hold, to be given back by {@link FrameHandles#put} or {@link FrameHandles#unpin}
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws IllegalStateException if the slot is in use or closed, or the memory is closed
     */
    public boolean tryTake(long handle, int flags) {
        long pfn = FrameHandle.pfn(handle);
        memory.checkPfn(pfn);
        boolean taken = false;
        long last = 0;
        slot.enter(); // H1
        try {
            taken = inSlot(pfn, FrameHandle.generation(handle), flags);
            if (taken) {
                handles.hold(); // H5 -> C3
            }
            if (!deferred.isEmpty()) {
                last = deferred.takeAll();
                handles.hold();
            }
        } finally {
            slot.exit(); // H6
        }
        if (last != 0) {
            freeLast(last);
        }
        return taken;
    }

    private boolean inSlot(long pfn, int generation, int flags) {
        long record = PageLayout.record(memory.recordBase(), pfn);
        if (PageType.of(record) != PageType.USER) { // H2
            return false;
        }
        long token = Grab.trySpeculative(memory, pfn, 1, flags, deferred); // H3 -> O2, F1
        if (token <= 0) {
            return false;
        }
        boolean pinned = (flags & FollFlags.FOLL_PIN) != 0;
        if (pinned) {
            slot.count(Counters.handlePins(memory.nodeOf(pfn)), 1);
        }
        if (PageRefs.generation(record) == generation) { // H4 -> F4
            return true;
        }
        slot.count(Counters.of(RollBack.H4_RECYCLED), 1);
        if (pinned) {
            handles.countReleased(pfn);
        }
        Grab.undo(memory, token, deferred);
        return false;
    }

    /** Frees what an undo put last; outside the slot, and under a hold of its own. */
    private void freeLast(long chain) {
        try {
            int unused = new FreeBatch(memory, chain).drain();
        } finally {
            handles.unhold(1);
        }
    }
}
