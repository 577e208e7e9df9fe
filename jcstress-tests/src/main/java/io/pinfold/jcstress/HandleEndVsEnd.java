package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.jcstress.support.Attempt;
import io.pinfold.jcstress.support.Balance;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * One hold by handle is ended by two threads at the same moment: given back twice, freed twice after one freeze, or
 * given back by one and frozen by the other. It is a misuse, and one of the two calls must fail: otherwise the frame
 * would be on the free list twice.
 *
 * <pre>
 *   one                                           another
 *   HOLDER2 count: c to c - 1 unless it is 0           the same; or OWNER2 freeze: count 1 to 0
 *   OWNER4 clear FROZEN; if it was set, free          the same
 * </pre>
 *
 * <p><b>Shape:</b> read-modify-writes of one word. <b>Must not happen:</b> both succeed, or none.
 *
 * <p><b>What this machine can show:</b> everything here; no weaker mode is involved.
 */
public class HandleEndVsEnd {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "(ENDED, REFUSED|REFUSED, ENDED), BALANCED", expect = ACCEPTABLE,
            desc = "one ended it, the other came later and was refused")
    @Outcome(id = "(ENDED, REFUSED_MEANWHILE|REFUSED_MEANWHILE, ENDED), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the other was refused while the first was ending it")
    @Outcome(expect = FORBIDDEN, desc = "ended twice, or never")
    interface Outcomes {
    }

    /** The same for a put and a freeze, which returns false if it comes while the frame is put. */
    @Outcome(id = "(ENDED, REFUSED|REFUSED, ENDED|REFUSED_MEANWHILE, ENDED), BALANCED", expect = ACCEPTABLE,
            desc = "one ended it, the other came later and was refused")
    @Outcome(id = "ENDED, (REFUSED_MEANWHILE|BUSY), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the freeze came while the put was under way")
    @Outcome(expect = FORBIDDEN, desc = "put and frozen, or neither")
    interface FreezeOutcomes {
    }

    /** A frame with one hold, and the steps that no variant changes. */
    abstract static class Held {
        final long count = Cells.claim();

        Held() {
            Cells.set(count, 1);
        }

        String put() {
            long found = Cells.getVolatile(count);
            if (found < 1) {
                return "REFUSED";
            }
            return Cells.compareAndSet(count, found, found - 1) ? "ENDED" : "REFUSED_MEANWHILE"; // HOLDER2
        }

        String lookThenPut() {
            if (Cells.getVolatile(count) < 1) {
                return "REFUSED";
            }
            Cells.getAndAdd(count, -1); // the look and the drop are two steps
            return "ENDED";
        }

        String balance() {
            return Balance.of(Cells.getVolatile(count));
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Held {
        @Actor
        public void one(LLL_Result r) {
            r.r1 = put();
        }

        @Actor
        public void another(LLL_Result r) {
            r.r2 = put();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** HOLDER2 as a look and a subtraction. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "ENDED, ENDED, LEFT_-1", expect = ACCEPTABLE_INTERESTING, desc = "both gave back the one hold")
    @State
    public static class BrokenLookThenDrop extends Held {
        @Actor
        public void one(LLL_Result r) {
            r.r1 = lookThenPut();
        }

        @Actor
        public void another(LLL_Result r) {
            r.r2 = lookThenPut();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** A frame of the shipping library by its handle. */
    abstract static class Pool {
        static final FrameHandles HANDLES = Machine.memory().handles();

        final Machine machine = Machine.claim();
        final long handle = HANDLES.allocate();

        /** Its life is over, and has ended once. */
        void settle(LLL_Result r) {
            int lives = Machine.generation(FrameHandle.pfn(handle)) - FrameHandle.generation(handle);
            r.r3 = lives >= 1 ? "BALANCED" : "LEFT_" + Machine.count(FrameHandle.pfn(handle));
            machine.giveBack();
        }
    }

    /** Two puts of the owner's one hold. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real extends Pool {
        @Actor
        public void one(LLL_Result r) {
            r.r1 = Attempt.of(() -> HANDLES.put(handle)); // HOLDER2
        }

        @Actor
        public void another(LLL_Result r) {
            r.r2 = Attempt.of(() -> HANDLES.put(handle)); // HOLDER2
        }

        @Arbiter
        public void end(LLL_Result r) {
            settle(r);
        }
    }

    /** Two frees of one frozen frame. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class RealFree extends Pool {
        private final boolean frozen = HANDLES.tryFreeze(handle);

        @Actor
        public void one(LLL_Result r) {
            r.r1 = Attempt.of(() -> HANDLES.free(handle)); // OWNER4
        }

        @Actor
        public void another(LLL_Result r) {
            r.r2 = Attempt.of(() -> HANDLES.free(handle)); // OWNER4
        }

        @Arbiter
        public void end(LLL_Result r) {
            settle(r);
            if (!frozen) {
                r.r3 = "NOT_FROZEN";
            }
        }
    }

    /** A put and a freeze of the owner's one hold. */
    @JCStressTest
    @JCStressMeta(FreezeOutcomes.class)
    @State
    public static class RealFreeze extends Pool {
        @Actor
        public void one(LLL_Result r) {
            r.r1 = Attempt.of(() -> HANDLES.put(handle)); // HOLDER2
        }

        @Actor
        public void another(LLL_Result r) {
            try {
                r.r2 = HANDLES.tryFreeze(handle) ? "ENDED" : "BUSY"; // OWNER2
            } catch (IllegalStateException misuse) {
                r.r2 = Attempt.refused(misuse);
            }
        }

        @Arbiter
        public void end(LLL_Result r) {
            if ("ENDED".equals(r.r2)) {
                HANDLES.free(handle);
            }
            settle(r);
        }
    }
}
