package io.pinfold.core.memory.handle;

import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.memory.frame.Counters;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;

/**
 * The speculative side of frame handles: steps HANDLE1 to HANDLE6 of {@code FrameHandles}, for the owner of a walker
 * slot. Used by one thread at a time, as the slot; the slot detects a second one. Allocates nothing.
 */
public final class HandleGrab {
    private static final long OWNED = PageType.toFlags(PageType.USER) | PageFlags.BY_HANDLE;

    private final MemoryCore memory;
    private final HandleHolds holds;
    private final WalkerSlot slot;
    private final FreeBatch deferred; // touched inside the slot alone

    /** For the owner of {@code slot}, one of {@code memory}'s. */
    public HandleGrab(MemoryCore memory, HandleHolds holds, WalkerSlot slot) {
        this.memory = memory;
        this.holds = holds;
        this.slot = slot;
        this.deferred = new FreeBatch(memory);
    }

    // Two methods of one text, each with its kind as a constant. One method for both compiles to more code than HotSpot
    // inlines into the loops of its callers, which then need a sixth more time for a hold (row handle.mixed of "pinfold
    // bench").

    /**
     * Takes one reference if the frame is in the life that the handle means, and neither free nor frozen. Waits while a
     * close is looking for users.
     *
     * @param handle any; {@link FrameHandle#NONE} is refused
     * @return true if the caller has a hold, to be given back by {@code FrameHandles.put}
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws io.pinfold.core.gup.MisuseException if the slot is in use or closed
     * @throws io.pinfold.core.gup.MemoryClosedException if the memory is closed
     */
    public boolean tryGet(long handle) {
        long pfn = FrameHandle.pfn(handle);
        memory.checkPfn(pfn);
        boolean taken = false;
        long last = 0;
        slot.enter(); // HANDLE1
        try {
            taken = inSlot(pfn, FrameHandle.generation(handle), FollBits.FOLL_GET);
            last = settle(taken);
        } finally {
            slot.exit(); // HANDLE6
        }
        settled(handle, false, taken, last);
        return taken;
    }

    /** {@link #tryGet} of a pin, to be given back by {@code FrameHandles.unpin}. */
    public boolean tryPin(long handle) {
        long pfn = FrameHandle.pfn(handle);
        memory.checkPfn(pfn);
        boolean taken = false;
        long last = 0;
        slot.enter(); // HANDLE1
        try {
            taken = inSlot(pfn, FrameHandle.generation(handle), FollBits.FOLL_PIN);
            last = settle(taken);
        } finally {
            slot.exit(); // HANDLE6
        }
        settled(handle, true, taken, last);
        return taken;
    }

    /**
     * Counts a hold of what was taken, and of a folio whose last put was an undo. Returns that folio, or 0 if there is
     * none.
     */
    private long settle(boolean taken) {
        if (taken) {
            holds.add(); // HANDLE5 -> CLOSE4
        }
        if (deferred.isEmpty()) {
            return 0;
        }
        long last = deferred.takeAll();
        holds.add();
        return last;
    }

    private void settled(long handle, boolean pinned, boolean taken, long last) {
        if (last != 0) {
            freeLast(last);
        }
        if (taken) {
            HoldLedger.taken(memory, handle, pinned);
        }
    }

    private boolean inSlot(long pfn, int generation, int kind) {
        long record = PageLayout.record(memory.recordBase(), pfn);
        long flags = Words.getLongVolatile(record + PageLayout.FLAGS); // HANDLE2
        if ((flags & (PageType.MASK | PageFlags.BY_HANDLE)) != OWNED) {
            return PageType.ofFlags(flags) == PageType.USER && guest(pfn, record, generation, kind);
        }
        return grab(pfn, record, generation, kind);
    }

    /** Takes a page that others own; its holds by handle are counted apart. */
    private boolean guest(long pfn, long record, int generation, int kind) {
        if (!grab(pfn, record, generation, kind)) {
            return false;
        }
        // What HANDLE2 read is about this life: the handle shows that it had begun, and HANDLE4 that it has not ended.
        GuestHolds.add(record, (kind & FollBits.FOLL_PIN) != 0);
        return true;
    }

    /** HANDLE3 and HANDLE4, for a frame whose type is user. */
    private boolean grab(long pfn, long record, int generation, int kind) {
        long token = Grab.trySpeculative(memory, pfn, 1, kind, deferred); // HANDLE3 -> OWNER2, FREE1
        if (token <= 0) {
            return false;
        }
        boolean pinned = (kind & FollBits.FOLL_PIN) != 0;
        if (pinned) {
            slot.count(Counters.handlePins(memory.nodeOf(pfn)), 1);
        }
        if (PageRefs.generation(record) == generation) { // HANDLE4 -> FREE4
            return true;
        }
        slot.count(Counters.of(RollBack.RECYCLED), 1);
        if (pinned) {
            holds.countReleased(memory.nodeOf(pfn), 1);
        }
        Grab.undo(memory, token, deferred);
        return false;
    }

    /** Frees the folio whose last put was an undo; outside the slot, and under a hold of its own. */
    private void freeLast(long chain) {
        try {
            int _ = new FreeBatch(memory, chain).drain();
        } finally {
            holds.remove(1);
        }
    }
}
