package io.pinfold.jcstress.support;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.StaleHandleException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.GupSession;

/** A protected frame of the shipping library, which one side reads in scopes and the other one frees and uses again. */
public final class ScopedFrame {
    private static final FrameHandles HANDLES = Machine.memory().handles();
    private static final ThreadLocal<GupSession> SESSION = ThreadLocal
            .withInitial(() -> GupSession.open(Machine.memory()));
    private static final long OLD = 1;
    private static final long NEXT = -1;

    private final Machine machine = Machine.claim();
    private final long handle = HANDLES.allocateProtected();
    private long next;

    /** Fills the frame. */
    public ScopedFrame() {
        Words.setLong(Bridge.core(Machine.memory()).frameAddress(FrameHandle.pfn(handle)), OLD);
    }

    /** Reads in one scope after the other until the frame is not found: MISSED, MET, or FOUND if it always was. */
    public String read(int most) {
        GupSession session = SESSION.get();
        for (int round = 0; round < most; round++) {
            session.beginScope();
            try {
                if (!session.isReadable(handle)) {
                    return round == 0 ? "MISSED" : "MET";
                }
                if (session.readLong(handle, 0) != OLD) {
                    return "READ_NEXT";
                }
            } catch (StaleHandleException e) {
                return "FOUND_AND_STALE";
            } finally {
                session.endScope();
            }
        }
        return "FOUND";
    }

    /** Puts the last reference, and stores to the frame if the next allocation gets it: FREED, else DEFERRED. */
    public String reuse() {
        HANDLES.put(handle);
        int _ = HANDLES.reclaim();
        next = HANDLES.allocate(); // the lists are last in, first out
        Words.setLong(Bridge.core(Machine.memory()).frameAddress(FrameHandle.pfn(next)), NEXT);
        return FrameHandle.pfn(next) == FrameHandle.pfn(handle) ? "FREED" : "DEFERRED";
    }

    /** Ends the state, for the arbiter: gives the frames and the machine back. */
    public void end() {
        HANDLES.put(next);
        int _ = HANDLES.reclaim();
        machine.giveBack();
    }
}
