package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.words.HeavyFence;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.ModelSlot;
import io.pinfold.jcstress.support.ScopedFrame;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A protected frame is read in a scope while its last reference goes and it is used again.
 *
 * <pre>
 *   reader, again and again                      the last holder
 *   SCOPE1 load the epoch                        SHIELD1 the count reaches 0
 *   SCOPE2 scope: epoch, release store           SHIELD2 generation + 1
 *   SCOPE3 the state                             SHIELD3 E = epoch++
 *   SCOPE4 compare the generation                SHIELD4 heavy fence
 *   SCOPE5 load the data                         SHIELD5 scan the scopes
 *   SCOPE6 scope: none, release store            SHIELD6 no scope of 1..E: the next owner stores to the frame
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of SCOPE2, SCOPE4 against SHIELD2, SHIELD5. <b>Must not happen:</b> the reader finds
 * the generation of its handle, and reads what the next owner stored.
 *
 * <p><b>What this machine can show:</b> a heavy fence that is missing, a frame that is free at once, a generation that
 * is compared before the scope is open. An opaque store in SCOPE2 or SCOPE6 it cannot.
 */
public class ScopeVsReuse {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "(MISSED|FOUND), FREED", expect = ACCEPTABLE,
            desc = "the frame was free before the first scope, or after the last")
    @Outcome(id = "MET, FREED", expect = ACCEPTABLE, desc = "[overlap] retired between two scopes")
    @Outcome(id = "(MISSED|MET|FOUND), DEFERRED", expect = ACCEPTABLE, desc = "[overlap] a scope keeps the frame")
    @Outcome(expect = FORBIDDEN, desc = "the reader read what the next owner stored")
    interface Outcomes {
    }

    static final int MANY = 10_000; // more scopes than there is time for until the frame is retired

    /** The words of the model and the steps that no variant changes. */
    abstract static class Frame {
        private static final long NEXT = -1;

        final ModelSlot scope = new ModelSlot();
        private final long generation = Cells.claim();
        private final long data = generation + Cells.LINE;

        final String reads(boolean locked) {
            for (int round = 0; round < MANY; round++) {
                Cells.setRelease(generation + Long.BYTES, round); // stores leave in order: that of the scope waits
                scope.enter(locked); // SCOPE1 SCOPE2
                boolean isHandles = isHandles();
                boolean isNext = isHandles && readsNext();
                isNext |= isHandles && readsNext(); // a scope has more than one read
                scope.leave(); // SCOPE6
                if (!isHandles || isNext) {
                    return said(round, isNext);
                }
            }
            return "FOUND";
        }

        static String said(int round, boolean isNext) {
            return isNext ? "READ_NEXT" : round == 0 ? "MISSED" : "MET";
        }

        final boolean isHandles() {
            return Cells.getVolatile(generation) == 0; // SCOPE4
        }

        final boolean readsNext() {
            return Cells.getVolatile(data) == NEXT; // SCOPE5
        }

        final long retire() {
            Cells.setVolatile(generation, 1); // SHIELD2
            return scope.advance(); // SHIELD3
        }

        final String reuseOrDefer(long last) {
            return scope.isInside(last) ? "DEFERRED" : reuse(); // SHIELD5
        }

        final String reuse() {
            Cells.setVolatile(data, NEXT); // SHIELD6
            return "FREED";
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Frame {
        @Actor
        public void reader(LL_Result r) {
            r.r1 = reads(!HeavyFence.isAsymmetric());
        }

        @Actor
        public void owner(LL_Result r) {
            long last = retire();
            HeavyFence.fence(); // SHIELD4
            r.r2 = reuseOrDefer(last);
        }
    }

    /** SHIELD4 left out: the scope waits in the store buffer during the read. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "READ_NEXT, FREED", expect = ACCEPTABLE_INTERESTING,
            desc = "the scan found no scope, and the reader the generation of its handle")
    @State
    public static class BrokenNoFence extends Frame {
        @Actor
        public void reader(LL_Result r) {
            r.r1 = reads(false);
        }

        @Actor
        public void owner(LL_Result r) {
            r.r2 = reuseOrDefer(retire()); // SHIELD4 missing
        }
    }

    /** SHIELD3 to SHIELD5 left out: the last unpin gives the frame to others at once. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "READ_NEXT, FREED", expect = ACCEPTABLE_INTERESTING, desc = "the frame was used again in the scope")
    @State
    public static class BrokenFreedAtOnce extends Frame {
        @Actor
        public void reader(LL_Result r) {
            r.r1 = reads(!HeavyFence.isAsymmetric());
        }

        @Actor
        public void owner(LL_Result r) {
            long _ = retire();
            r.r2 = reuse();
        }
    }

    /** SCOPE4 before SCOPE2: the frame is used again before the scope is open. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "READ_NEXT, FREED", expect = ACCEPTABLE_INTERESTING,
            desc = "the generation was compared, the frame retired and used, and then the scope was opened")
    @State
    public static class BrokenComparedFirst extends Frame {
        @Actor
        public void reader(LL_Result r) {
            r.r1 = "FOUND";
            for (int round = 0; round < MANY && r.r1.equals("FOUND"); round++) {
                boolean isHandles = isHandles(); // SCOPE4 too early
                scope.enter(!HeavyFence.isAsymmetric());
                boolean isNext = isHandles && readsNext();
                scope.leave();
                r.r1 = isHandles && !isNext ? "FOUND" : said(round, isNext);
            }
        }

        @Actor
        public void owner(LL_Result r) {
            long last = retire();
            HeavyFence.fence();
            r.r2 = reuseOrDefer(last);
        }
    }

    /** Shipping code on both sides: a session's scope against the last put and the next allocation. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private final ScopedFrame frame = new ScopedFrame();

        @Actor
        public void reader(LL_Result r) {
            r.r1 = frame.read(MANY); // SCOPE1 to SCOPE6
        }

        @Actor
        public void owner(LL_Result r) {
            r.r2 = frame.reuse(); // SHIELD1 to SHIELD6
        }

        @Arbiter
        public void settle(LL_Result r) {
            frame.end();
        }
    }
}
