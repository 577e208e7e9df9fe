package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.jcstress.support.Balance;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Freezer;
import io.pinfold.jcstress.support.FurnishedPage;
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
 * Race R11: a page is pinned while its owner freezes it, to move, split or drop it.
 *
 * <pre>
 *   pinner                                          freezer
 *   GRAB3 add a reference unless the count is zero  FREEZE1 compareAndSet the count from what is expected to 0
 *         then use the page                         FREEZE2 work on the page, which cannot be pinned now
 *                                                   FREEZE3 unfreeze: release store of the count
 * </pre>
 *
 * <p><b>Shape:</b> two read-modify-writes of one word (coherence), and message passing from FREEZE2 over FREEZE3 and
 * GRAB3 to the use. <b>Must not happen:</b> both succeed on the same count, the pinner sees half of FREEZE2, or FREEZE3
 * erases a pin.
 *
 * <p><b>What this machine can show:</b> a torn FREEZE1 and an unconditional GRAB3. A FREEZE3 weaker than release it
 * cannot: x86 stores are all release.
 */
public class PinVsFreeze {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "PINNED_BEFORE, BUSY, BALANCED", expect = ACCEPTABLE,
            desc = "the pin came first and the freezer found one reference too many")
    @Outcome(id = "PINNED_AFTER, FROZE, BALANCED", expect = ACCEPTABLE,
            desc = "the freezer was done before the pinner came, and its work is visible to the pinner")
    @Outcome(id = "REFUSED, FROZE, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the pinner came while the count was frozen and took nothing")
    @Outcome(expect = FORBIDDEN, desc = "both succeeded, the pinner saw half of the freezer's work, or a pin was lost")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Page extends ModelPage {
        final long content = count + Cells.LINE;

        String pin(boolean unlessZero) {
            if (!unlessZero) {
                Cells.getAndAdd(count, BIAS);
            } else if (!Cells.addUnlessZero(count, BIAS)) { // GRAB3
                return "REFUSED";
            }
            pinned = true;
            long seen = Cells.getVolatile(content); // the use: no freezer may be at work now
            return seen == 0 ? "PINNED_BEFORE" : seen == 2 ? "PINNED_AFTER" : "PINNED_INSIDE";
        }

        String work() {
            Cells.setRelease(content, 1); // FREEZE2: move, split or drop what the page holds
            Cells.setRelease(content, 2);
            Cells.setRelease(count, 1); // FREEZE3: unfreeze
            return "FROZE";
        }
    }

    /** The protocol as it has to be: one compare-and-set decides between the pin and the freeze. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Page {
        @Actor
        public void pinner(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void freezer(LLL_Result r) {
            r.r2 = Cells.compareAndSet(count, 1, 0) ? work() : "BUSY"; // FREEZE1
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** FREEZE1 as a load and a store: a pin that falls between the two is overwritten. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED_(BEFORE|INSIDE|AFTER), FROZE, LEFT_-1024", expect = ACCEPTABLE_INTERESTING,
            desc = "the store of zero erased a pin that the load had not seen")
    @State
    public static class BrokenLoadThenStore extends Page {
        @Actor
        public void pinner(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void freezer(LLL_Result r) {
            if (Cells.getVolatile(count) != 1) {
                r.r2 = "BUSY";
                return;
            }
            Cells.setVolatile(count, 0); // FREEZE1 torn in two
            r.r2 = work();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** GRAB3 as a plain add: a frozen count is raised, and the unfreezing store erases the pin. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED_(BEFORE|INSIDE|AFTER), FROZE, LEFT_-1024", expect = ACCEPTABLE_INTERESTING,
            desc = "the pinner raised a frozen count and lost its pin when the freezer was done")
    @State
    public static class BrokenAddToFrozen extends Page {
        @Actor
        public void pinner(LLL_Result r) {
            r.r1 = pin(false); // GRAB3 does not ask for zero
        }

        @Actor
        public void freezer(LLL_Result r) {
            r.r2 = Cells.compareAndSet(count, 1, 0) ? work() : "BUSY"; // FREEZE1
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** A frame of the shipping library with one reference, and the freezer of it. */
    abstract static class Frame extends FurnishedPage {
        final Freezer freezer = new Freezer(pfn);
        boolean pinned;
    }

    /** Shipping code on both sides: pin_user_pages_fast against freeze and unfreeze of the page it walks to. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real extends Frame {
        @Actor
        public void pinner(LLL_Result r) {
            String end = Walker.pin(machine, ADDRESS, 1); // GRAB3
            pinned = "PINNED".equals(end);
            r.r1 = pinned ? freezer.seen() : end;
        }

        @Actor
        public void freezer(LLL_Result r) {
            r.r2 = freezer.freeze(); // FREEZE1 to FREEZE3
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = unpin(pinned, 0);
            machine.giveBack();
        }
    }

    /** The library's grab, which the walk uses for everything but its commonest case, against freeze and unfreeze. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class RealGrab extends Frame {
        private long token;

        @Actor
        public void pinner(LLL_Result r) {
            token = Walker.grab(machine, pfn, FollBits.FOLL_PIN); // GRAB3
            pinned = token > 0;
            r.r1 = pinned ? freezer.seen() : token == Grab.REFUSED_ZERO ? "REFUSED" : "REFUSED_" + token;
        }

        @Actor
        public void freezer(LLL_Result r) {
            r.r2 = freezer.freeze(); // FREEZE1 to FREEZE3
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = Balance.ofFolio(pfn, 0, pinned, 1);
            if (pinned) {
                Grab.undo(Bridge.core(Machine.memory()), token, machine.walkersFrees());
            }
            machine.giveBack();
        }
    }
}
