package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A frame is allocated while its memory is closed. Holds by handle are not counted, so close relies on the number of
 * frames that are handed out, and on that it does not grow after it was read.
 *
 * <pre>
 *   allocator                                          closer
 *   KEEP5 under the zone's lock: a close counts? wait  CLOSE4 say that it counts; under the zone's lock: frames out?
 *         else hand a frame out                        CLOSE6 none: give the memory back
 * </pre>
 *
 * <p><b>Shape:</b> a flag that one side stores before, and the other loads inside, the section of one lock. <b>Must not
 * happen:</b> a frame is handed out, and the memory given back.
 *
 * <p><b>What this machine can show:</b> everything here; no weaker mode is involved.
 */
public class AllocateVsClose {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "FRAME, OUT", expect = ACCEPTABLE, desc = "the frame came first, and the close was refused")
    @Outcome(id = "WAITS, CLOSED", expect = ACCEPTABLE, desc = "the close came first, and the allocator is told")
    @Outcome(id = "(FRAME_MET, OUT|WAITS_MET, CLOSED)", expect = ACCEPTABLE,
            desc = "[overlap] the allocator found the zone locked by the close")
    @Outcome(expect = FORBIDDEN, desc = "a frame of a closed memory, or a close that nothing refused")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Zone {
        private static final long COUNTING = 3;

        private final long state = Cells.claim();
        private final long lock = state + Cells.LINE;
        private final long handedOut = lock + Cells.LINE;

        /** Takes the lock; what the result of an allocation ends with, which tells whether it was held. */
        final String lock() {
            String met = "";
            while (!Cells.compareAndSet(lock, 0, 1)) {
                met = "_MET";
                Thread.onSpinWait();
            }
            return met;
        }

        final void unlock() {
            Cells.setRelease(lock, 0);
        }

        final boolean isCounting() {
            return Cells.getVolatile(state) == COUNTING; // KEEP5
        }

        final void sayCounting() {
            Cells.setVolatile(state, COUNTING); // CLOSE4
        }

        final String handOut() {
            Cells.getAndAdd(handedOut, 1);
            return "FRAME";
        }

        final String allocate() {
            String met = lock();
            String result = isCounting() ? "WAITS" : handOut();
            unlock();
            return result + met;
        }

        final String count() {
            String _ = lock();
            String result = Cells.getVolatile(handedOut) == 0 ? "CLOSED" : "OUT";
            unlock();
            return result;
        }
    }

    /** The protocol as it has to be: each side has its second look under the lock that the other one takes. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Zone {
        @Actor
        public void allocator(LL_Result r) {
            r.r1 = allocate();
        }

        @Actor
        public void closer(LL_Result r) {
            sayCounting();
            r.r2 = count();
        }
    }

    /** KEEP5 before the lock: a close counts in between. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "(FRAME|FRAME_MET), CLOSED", expect = ACCEPTABLE_INTERESTING, desc = "a frame of a closed memory")
    @State
    public static class BrokenLookBeforeTheLock extends Zone {
        @Actor
        public void allocator(LL_Result r) {
            if (isCounting()) { // KEEP5 too early
                r.r1 = "WAITS";
                return;
            }
            String met = lock();
            r.r1 = handOut() + met;
            unlock();
        }

        @Actor
        public void closer(LL_Result r) {
            sayCounting();
            r.r2 = count();
        }
    }

    /** CLOSE4 counts before it says so: a frame is handed out in between. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "(FRAME|FRAME_MET), CLOSED", expect = ACCEPTABLE_INTERESTING, desc = "a frame of a closed memory")
    @State
    public static class BrokenCountFirst extends Zone {
        @Actor
        public void allocator(LL_Result r) {
            r.r1 = allocate();
        }

        @Actor
        public void closer(LL_Result r) {
            r.r2 = count();
            sayCounting();
        }
    }

    /** Shipping code: what is handed out does not grow while a close counts. */
    @Outcome(id = "FRAME, STEADY", expect = ACCEPTABLE, desc = "the frame came before the count, or after the close")
    @Outcome(id = "WAITED, STEADY", expect = ACCEPTABLE,
            desc = "[overlap] the close counted when the frame was asked for")
    @Outcome(expect = FORBIDDEN, desc = "a frame is handed out while a close counts")
    interface RealOutcomes {
    }

    /**
     * Shipping code on both sides: allocate of a pool against the steps of a close that count. The memory is opened
     * again, because each sample would need one of its own; {@code CloseByHandleRaceTest} closes them.
     */
    @JCStressTest
    @JCStressMeta(RealOutcomes.class)
    @State
    public static class Real {
        private final FrameHandles handles = Machine.memory().handles();
        private final MemoryCore core = Bridge.core(Machine.memory());
        private long handle;

        @Actor
        public void allocator(LL_Result r) {
            boolean isCounting = core.state().get() == MemoryState.COUNTING;
            handle = handles.allocate(); // KEEP5
            r.r1 = handle == FrameHandle.NONE ? "NONE" : isCounting ? "WAITED" : "FRAME";
        }

        @Actor
        public void closer(LL_Result r) {
            core.bar();
            core.barAllocation(); // CLOSE4
            long out = core.framesOut();
            for (int i = 0; i < 16; i++) {
                Thread.onSpinWait();
            }
            r.r2 = core.framesOut() > out ? "GREW" : "STEADY";
            core.reopen();
        }

        @Arbiter
        public void settle(LL_Result r) {
            handles.put(handle);
        }
    }
}
