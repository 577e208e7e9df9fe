package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.page.PageRefs;
import io.pinfold.jcstress.support.Balance;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Devices;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.ModelPage;
import io.pinfold.jcstress.support.Walker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Race R26: a page is pinned while its content moves elsewhere.
 *
 * <pre>
 *   walker                                     mover, under the table's lock
 *   WALK4 read the entry                       MOVE1 take the entry out
 *   WALK5 add a pin unless the count is zero   MOVE2 the only reference is the mapping's? else put the entry back
 *   WALK7 read the entry again; changed: undo  MOVE3 copy
 *                                              MOVE4 store the entry of the new place
 *                                              MOVE5 drop the old page
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of WALK5, WALK7 against MOVE1, MOVE2. <b>Must not happen:</b> the page is pinned and
 * moved; the device then works on a copy that is not read any more. An entry that MOVE2 puts back is the old one again,
 * which the walker may accept: the page is still there.
 *
 * <p><b>What this machine can show:</b> a missing or late step. Weaker modes it cannot: see {@link PinVsUnmap}.
 */
public class PinVsDeviceMove {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "MISSED, MOVED, BALANCED", expect = ACCEPTABLE,
            desc = "the page was on its way, or there, when the walker read the entry")
    @Outcome(id = "PINNED, BUSY, BALANCED", expect = ACCEPTABLE,
            desc = "the mover found the pin and left the page where it was")
    @Outcome(id = "ROLLED_BACK, (MOVED|BUSY), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the entry went between the walker's two reads; the pin was undone")
    @Outcome(id = "REFUSED, MOVED, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the old page was free when the walker reached for it")
    @Outcome(expect = FORBIDDEN, desc = "pinned and moved, or a count that does not add up")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Page extends ModelPage {
        static final long HERE = 0x77;
        static final long THERE = 0x66;

        Page() {
            super(HERE);
        }

        String pin(boolean recheck) {
            if (Cells.getVolatile(entry) != HERE) { // WALK4
                return "MISSED";
            }
            if (!Cells.addUnlessZero(count, BIAS)) { // WALK5
                return "REFUSED";
            }
            if (recheck && Cells.getVolatile(entry) != HERE) { // WALK7
                Cells.getAndAdd(count, -BIAS);
                return "ROLLED_BACK";
            }
            pinned = true;
            return "PINNED";
        }

        String finish(boolean alone) {
            Cells.setRelease(entry, alone ? THERE : HERE); // MOVE4
            if (alone) {
                Cells.getAndAdd(count, -1); // MOVE5
            }
            return alone ? "MOVED" : "BUSY";
        }

        @Override
        protected String balance() {
            long mapped = Cells.getVolatile(entry) == HERE ? 1 : 0;
            return Balance.of(Cells.getVolatile(count) - mapped - (pinned ? BIAS : 0));
        }
    }

    /** The protocol as it has to be: take the entry out, then count. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Page {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void mover(LLL_Result r) {
            Cells.getAndSet(entry, 0); // MOVE1
            r.r2 = finish(Cells.getVolatile(count) == 1); // MOVE2 to MOVE5
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** MOVE2 before MOVE1: the pin comes in between. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, MOVED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the device works on the old copy")
    @State
    public static class BrokenCountFirst extends Page {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void mover(LLL_Result r) {
            boolean alone = Cells.getVolatile(count) == 1; // MOVE2 too early
            Cells.getAndSet(entry, 0); // MOVE1
            r.r2 = finish(alone);
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** WALK7 left out. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, MOVED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the walker pinned the old page")
    @State
    public static class BrokenNoRecheck extends Page {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(false); // WALK7 missing
        }

        @Actor
        public void mover(LLL_Result r) {
            Cells.getAndSet(entry, 0); // MOVE1
            r.r2 = finish(Cells.getVolatile(count) == 1); // MOVE2 to MOVE5
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** Shipping code on both sides: pin_user_pages_fast against the move of the page to memory of a device. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private static final long ADDRESS = Machine.BASE;

        private final Machine machine = Machine.claim();
        private final long pfn;
        private final int born;

        public Real() {
            machine.furnish(ADDRESS, 1);
            machine.fault(ADDRESS, 1); // back from the device of the state before
            pfn = machine.frameAt(ADDRESS);
            born = Machine.generation(pfn);
        }

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, 1); // WALK4 to WALK7
        }

        @Actor
        public void mover(LLL_Result r) {
            r.r2 = Devices.moveThere(machine, ADDRESS); // MOVE1 to MOVE5
        }

        @Arbiter
        public void settle(LLL_Result r) {
            boolean pinned = "PINNED".equals(r.r1);
            int frees = Machine.generation(pfn) - born;
            if ("MOVED".equals(r.r2) && !pinned) {
                r.r3 = frees > 0 ? "BALANCED" : "LEAKED"; // free since: other states may have had it in the meantime
            } else {
                int left = Machine.count(pfn) - 1 - (pinned ? PageRefs.PIN_BIAS : 0);
                r.r3 = left == 0 && frees == 0 ? "BALANCED" : "LEFT_" + left + "_FREED_" + frees;
            }
            machine.unpinIf(pinned);
            machine.giveBack();
        }
    }
}
