package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.epoch.LiveRef;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.ModelSlot;
import io.pinfold.jcstress.support.Walker;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Race R28: a live reference is taken on one stripe and put elsewhere while its owner kills it.
 *
 * <pre>
 *   taker, each time in a slot                  killer
 *   LIVE1 read the mode; live:                  KILL1 mode: dying
 *   LIVE2 add to, or take off, a stripe         KILL3 wait until the slots entered before are left
 *   LIVE3 not live: a get refuses, a put takes  KILL4 sum the stripes
 *         off the count                         KILL5 count += sum - BIAS
 *                                               KILL6 drop the reference of the switch
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of the slot, LIVE1 against KILL1, KILL3; message passing of LIVE2 over the slot to
 * KILL4. <b>Must not happen:</b> the count reaches zero while the taker holds its reference, or reaches it twice, or
 * never. While a get is still on a stripe its put can be on the count already, so only the sum of all is
 * valid: KILL4 has to be complete before the bias is taken off, and KILL3 before KILL4.
 *
 * <p><b>What this machine can show:</b> steps missing or in the wrong order. A slot that is published too late: see
 * {@link WalkVsTableFree}.
 */
public class LiveRefVsKill {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "(GOT|REFUSED), AT_ONCE, RELEASED_1", expect = ACCEPTABLE,
            desc = "the taker was done, or refused, when the killer looked")
    @Outcome(id = "(GOT|REFUSED), WAITED, RELEASED_1", expect = ACCEPTABLE,
            desc = "[overlap] the taker was in its slot, or had its reference, when the killer looked")
    @Outcome(expect = FORBIDDEN, desc = "released while it was held, twice, or never")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Ref {
        static final long BIAS = 1L << 32;
        static final long LIVE = 0;
        static final long DYING = 1;

        final ModelSlot slot = new ModelSlot();
        final long mode = Cells.claim();
        final long stripe = mode + Cells.LINE;
        final long count = stripe + Cells.LINE;
        final long releases = count + Long.BYTES;

        Ref() {
            Cells.set(count, BIAS + 1);
        }

        private boolean change(long delta) {
            slot.enter(true);
            boolean live = Cells.getVolatile(mode) == LIVE; // LIVE1
            dwell(); // a look-up takes as long
            if (live) {
                Cells.getAndAdd(stripe, delta); // LIVE2
            }
            slot.leave();
            return live;
        }

        static void dwell() {
            for (int i = 0; i < 4; i++) {
                Thread.onSpinWait();
            }
        }

        String getAndPut() {
            if (!change(1)) {
                return "REFUSED";
            }
            boolean tooEarly = Cells.getVolatile(releases) != 0;
            if (!change(-1)) {
                drop(1); // LIVE3
            }
            return tooEarly ? "RELEASED_UNDER_ME" : "GOT";
        }

        void drop(long n) {
            if (Cells.getAndAdd(count, -n) == n) {
                Cells.getAndAdd(releases, 1);
            }
        }

        String balance() {
            return "RELEASED_" + Cells.getVolatile(releases);
        }
    }

    /** The protocol as it has to be: first wait, then sum, then take the bias off and add the sum in one step. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Ref {
        @Actor
        public void taker(LLL_Result r) {
            r.r1 = getAndPut();
        }

        @Actor
        public void killer(LLL_Result r) {
            Cells.getAndSet(mode, DYING); // KILL1
            r.r2 = slot.awaitIdle() ? "WAITED" : "AT_ONCE"; // KILL3
            long sum = Cells.getVolatile(stripe); // KILL4
            Cells.getAndAdd(count, sum - BIAS); // KILL5
            drop(1); // KILL6
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** The bias is taken off before the stripes are summed up: a put can meet a count without its get. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "GOT, (AT_ONCE|WAITED), RELEASED_[02]", expect = ACCEPTABLE_INTERESTING,
            desc = "the count came to zero twice, or went past it")
    @Outcome(id = "RELEASED_UNDER_ME, (AT_ONCE|WAITED), RELEASED_.", expect = ACCEPTABLE_INTERESTING,
            desc = "the count came to zero while the taker held its reference")
    @State
    public static class BrokenBiasFirst extends Ref {
        @Actor
        public void taker(LLL_Result r) {
            r.r1 = getAndPut();
        }

        @Actor
        public void killer(LLL_Result r) {
            Cells.getAndSet(mode, DYING); // KILL1
            r.r2 = slot.awaitIdle() ? "WAITED" : "AT_ONCE"; // KILL3
            Cells.getAndAdd(count, -BIAS); // KILL5 before KILL4
            dwell(); // there are more stripes than one
            long sum = Cells.getVolatile(stripe); // KILL4
            Cells.getAndAdd(count, sum);
            drop(1); // KILL6
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** KILL3 left out: a get that saw LIVE arrives on a stripe that was summed up already. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "GOT, (AT_ONCE|WAITED), RELEASED_[02]", expect = ACCEPTABLE_INTERESTING,
            desc = "the get or the put was lost on its stripe")
    @Outcome(id = "RELEASED_UNDER_ME, (AT_ONCE|WAITED), RELEASED_.", expect = ACCEPTABLE_INTERESTING,
            desc = "the count came to zero while the taker held its reference")
    @State
    public static class BrokenNoGracePeriod extends Ref {
        @Actor
        public void taker(LLL_Result r) {
            r.r1 = getAndPut();
        }

        @Actor
        public void killer(LLL_Result r) {
            Cells.getAndSet(mode, DYING); // KILL1
            r.r2 = "AT_ONCE"; // KILL3 missing
            long sum = Cells.getVolatile(stripe); // KILL4
            Cells.getAndAdd(count, sum - BIAS); // KILL5
            drop(1); // KILL6
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** The library's live reference: a get on one stripe and a put on another, against kill and one step. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private final Machine machine = Machine.claim();
        private final long address = machine.scratch();
        private final AtomicInteger releases = new AtomicInteger();
        private final LiveRef ref = new LiveRef(address, Machine.slots(), releases::incrementAndGet);

        @Actor
        public void taker(LLL_Result r) {
            r.r1 = Walker.getAndPut(address, ref::isReleased); // LIVE1 to LIVE3
        }

        @Actor
        public void killer(LLL_Result r) {
            ref.kill(); // KILL1
            r.r2 = ref.step() ? "AT_ONCE" : "WAITED"; // KILL3 to KILL6, if no taker is inside
        }

        @Arbiter
        public void settle(LLL_Result r) {
            ref.awaitReleased();
            r.r3 = "RELEASED_" + releases.get();
            machine.giveBack();
        }
    }
}
