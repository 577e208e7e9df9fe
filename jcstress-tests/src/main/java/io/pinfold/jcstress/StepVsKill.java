package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.epoch.LiveRef;
import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.ModelSlot;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Race R28 with a bystander: a live reference is killed, a third thread calls its step meanwhile, and a taker is in its
 * slot all the time.
 *
 * <pre>
 *   killer                              bystander
 *   KILL1 mode: dying                   read the mode; not dying: nothing to do
 *   KILL2 E = epoch++; publish E        read E; not published: nothing to do
 *                                       KILL3 a slot that was entered at 1..E is not left: not yet
 *                                       KILL4 sum the stripes
 * </pre>
 *
 * <p><b>Shape:</b> message passing of E behind the mode, where the bystander may come between KILL1 and KILL2. <b>Must
 * not happen:</b> the stripes are summed up while the taker is in its slot: it has read LIVE, perhaps, and its get is
 * still to come on a stripe.
 *
 * <p><b>What this machine can show:</b> the missing look at an epoch that is not published.
 */
public class StepVsKill {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "KILLED, LIVE", expect = ACCEPTABLE, desc = "the bystander came first")
    @Outcome(id = "KILLED, WAITS", expect = ACCEPTABLE, desc = "[overlap] it came after KILL1, and the taker is inside")
    @Outcome(expect = FORBIDDEN, desc = "summed up while the taker is in its slot")
    interface Outcomes {
    }

    /** The words of the model, and the killer. */
    abstract static class Ref {
        static final long LIVE = 0;
        static final long DYING = 1;

        final ModelSlot slot = new ModelSlot();
        final long mode = Cells.claim();
        final long epoch = mode + Cells.LINE;

        Ref() {
            slot.enter(true); // the taker, before the race
        }

        final String kill() {
            Cells.getAndSet(mode, DYING); // KILL1
            Cells.getAndSet(epoch, slot.advance()); // KILL2
            return "KILLED";
        }

        final String step(boolean waitsForEpoch) {
            if (Cells.getVolatile(mode) == LIVE) {
                return "LIVE";
            }
            long last = Cells.getVolatile(epoch);
            return waitsForEpoch && last == 0 || slot.isInside(last) ? "WAITS" : "SUMMED_UP"; // KILL3, KILL4
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Ref {
        @Actor
        public void killer(LL_Result r) {
            r.r1 = kill();
        }

        @Actor
        public void bystander(LL_Result r) {
            r.r2 = step(true);
        }
    }

    /** An epoch that is not published is taken for one that every walk has left. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "KILLED, SUMMED_UP", expect = ACCEPTABLE_INTERESTING, desc = "the get of the taker will be lost")
    @State
    public static class BrokenNoEpoch extends Ref {
        @Actor
        public void killer(LL_Result r) {
            r.r1 = kill();
        }

        @Actor
        public void bystander(LL_Result r) {
            r.r2 = step(false);
        }
    }

    /** The library's live reference, and a slot of the library that is entered before it is killed. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private final Machine machine = Machine.claim();
        private final LiveRef ref = new LiveRef(machine.scratch(), Machine.slots(), () -> {
        });
        private final SharedSlot taker = Machine.slots().open(0);

        public Real() {
            taker.enter();
        }

        @Actor
        public void killer(LL_Result r) {
            ref.kill(); // KILL1 KILL2
            r.r1 = "KILLED";
        }

        @Actor
        public void bystander(LL_Result r) {
            boolean isLive = ref.isLive();
            boolean isReleased = ref.step(); // KILL3
            r.r2 = isReleased || ref.isSummedUp() ? "SUMMED_UP" : isLive ? "LIVE" : "WAITS";
        }

        @Arbiter
        public void settle(LL_Result r) {
            taker.exit();
            taker.close();
            machine.giveBack();
        }
    }
}
