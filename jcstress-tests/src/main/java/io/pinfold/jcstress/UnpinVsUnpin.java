package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.page.PageRefs;
import io.pinfold.jcstress.support.Balance;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.Walker;
import io.pinfold.jcstress.support.Writer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Race R29 on two threads: a batch is given back twice at the same time, or while another thread still fills it.
 *
 * <pre>
 *   filler                           releaser, and another one
 *   BATCH1 EMPTY to FILLING          BATCH3 HELD to RELEASING; anything else: refuse
 *          fill the list             drop what the list says
 *   BATCH2 FILLING to HELD, release  BATCH4 RELEASING to EMPTY
 * </pre>
 *
 * <p><b>Shape:</b> read-modify-writes of one word; message passing from BATCH2 to BATCH3. <b>Must not happen:</b> two
 * threads drop the same references, or one drops by a list that is not complete.
 *
 * <p><b>What this machine can show:</b> a BATCH3 that is no read-modify-write. BATCH2 weaker than release it cannot:
 * x86 keeps stores in order.
 */
public class UnpinVsUnpin {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "(RELEASED, REFUSED_EMPTY|REFUSED_EMPTY, RELEASED), BALANCED", expect = ACCEPTABLE,
            desc = "one after the other: the second finds nothing to give back")
    @Outcome(id = "(RELEASED, REFUSED_IN_USE|REFUSED_IN_USE, RELEASED), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the second came while the first was releasing")
    @Outcome(expect = FORBIDDEN, desc = "released twice, or never")
    interface Outcomes {
    }

    /** A batch that holds a pin, and the steps that no variant changes. */
    abstract static class Held {
        static final long EMPTY = 0;
        static final long HELD = 1;
        static final long RELEASING = 2;
        static final long BIAS = 1024;

        final long state = Cells.claim();
        final long count = state + Cells.LINE;

        Held() {
            Cells.set(state, HELD);
            Cells.set(count, 1 + BIAS);
        }

        String release() {
            return Cells.compareAndSet(state, HELD, RELEASING) ? drop() : refuse(); // BATCH3
        }

        String releaseUnlocked() {
            if (Cells.getVolatile(state) != HELD) {
                return refuse();
            }
            Cells.setVolatile(state, RELEASING);
            return drop();
        }

        private String refuse() {
            return Cells.getVolatile(state) == EMPTY ? "REFUSED_EMPTY" : "REFUSED_IN_USE";
        }

        private String drop() {
            Cells.getAndAdd(count, -BIAS);
            Cells.setRelease(state, EMPTY); // BATCH4
            return "RELEASED";
        }

        String balance() {
            return Balance.of(Cells.getVolatile(count) - 1);
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Held {
        @Actor
        public void first(LLL_Result r) {
            r.r1 = release();
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = release();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** BATCH3 as a load and a store: both find the batch held. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "RELEASED, RELEASED, LEFT_-1024", expect = ACCEPTABLE_INTERESTING,
            desc = "the same pin was dropped twice")
    @State
    public static class BrokenLoadThenStore extends Held {
        @Actor
        public void first(LLL_Result r) {
            r.r1 = releaseUnlocked();
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = releaseUnlocked();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** Two threads give the same batch back. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private static final long ADDRESS = Machine.BASE;

        private final Machine machine = Machine.claim();
        private final long pfn;

        public Real() {
            machine.furnish(ADDRESS, 1);
            pfn = machine.frameAt(ADDRESS);
            machine.pin(ADDRESS, 1, FollBits.FOLL_WRITE);
        }

        @Actor
        public void first(LLL_Result r) {
            r.r1 = Writer.giveBack(machine); // BATCH3 BATCH4
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = Writer.giveBack(machine); // BATCH3 BATCH4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = Balance.of(Machine.count(pfn) - 1);
            machine.giveBack();
        }
    }

    /** What may happen when the batch is filled on one thread and given back on another, as completions do. */
    @Outcome(id = "PINNED, RELEASED, BALANCED", expect = ACCEPTABLE,
            desc = "filled, then given back by the other thread")
    @Outcome(id = "PINNED, REFUSED_EMPTY, BALANCED", expect = ACCEPTABLE, desc = "the releaser came too early")
    @Outcome(id = "PINNED, REFUSED_IN_USE, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the releaser came while the batch was being filled")
    @Outcome(expect = FORBIDDEN, desc = "a list that was not complete, or a count that does not add up")
    interface FillOutcomes {
    }

    /** One thread pins two pages into a batch, another gives it back as soon as it can. */
    @JCStressTest
    @JCStressMeta(FillOutcomes.class)
    @State
    public static class RealFill {
        private static final long ADDRESS = Machine.BASE;
        private static final int PAGES = 2;

        private final Machine machine = Machine.claim();
        private final long first;
        private final long second;

        public RealFill() {
            machine.furnish(ADDRESS, PAGES);
            first = machine.frameAt(ADDRESS);
            second = machine.frameAt(ADDRESS + Machine.PAGE);
        }

        @Actor
        public void filler(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, PAGES); // BATCH1 BATCH2
        }

        @Actor
        public void releaser(LLL_Result r) {
            r.r2 = Writer.giveBack(machine); // BATCH3 BATCH4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            int held = 1 + ("RELEASED".equals(r.r2) ? 0 : PageRefs.PIN_BIAS);
            int left = Machine.count(first) - held;
            int leftToo = Machine.count(second) - held;
            r.r3 = left == 0 && leftToo == 0 ? "BALANCED" : "LEFT_" + left + "_" + leftToo;
            if (!"RELEASED".equals(r.r2)) {
                Machine.memory().unpinUserPages(machine.batch());
            }
            machine.giveBack();
        }
    }
}
