package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.MappedPage;
import io.pinfold.jcstress.support.ModelSlot;
import io.pinfold.jcstress.support.Walker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Race R22: two address spaces share a table of level PMD; one gives it up while a walker of its own is in it, and the
 * other uses it for something else.
 *
 * <pre>
 *   walker of the first space     first space, then the second
 *   WALK1 enter the slot          UNSHARE1 first: exchange the entry above the table with none
 *   WALK3 read the entry above    UNSHARE2 wait until the walkers from before have left
 *   WALK4 read the entries below  UNSHARE3 second, which has the table to itself by now: exchange an
 *   WALK5 add a pin to the page            entry below for a page of its own
 *   WALK7 read the entries below again
 *   WALK10 leave the slot
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of WALK1, WALK3 against UNSHARE1, UNSHARE2. <b>Must not happen:</b> the walker
 * returns a page of the second space, an unrelated process (CVE-2025-38085). WALK7 cannot see it: the entries below are
 * valid, but the first space does not lead to them any more.
 *
 * <p><b>What this machine can show:</b> a missing UNSHARE2. A slot that is published too late: see
 * {@link WalkVsTableFree}.
 */
public class PinVsPmdUnshare {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "MISSED, REUSED", expect = ACCEPTABLE,
            desc = "the table was given up before the walker looked")
    @Outcome(id = "PINNED_OWN, REUSED", expect = ACCEPTABLE,
            desc = "the walker was gone before the table was given up")
    @Outcome(id = "(MISSED|PINNED_OWN), WAITED", expect = ACCEPTABLE,
            desc = "[overlap] the walker was seen inside, so the table was not used again before it had left")
    @Outcome(expect = FORBIDDEN, desc = "a page of the other address space, or one that changed under the walker")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Tables {
        static final long TABLE = 0x1001;
        static final long OWN = 0x77;
        static final long STRANGE = 0x87;

        final ModelSlot slot = new ModelSlot();
        final long upper = Cells.claim();
        final long lower = upper + Cells.LINE;

        Tables() {
            Cells.set(upper, TABLE);
            Cells.set(lower, OWN);
        }

        String pin() {
            slot.enter(true); // WALK1
            String end = "MISSED";
            if (Cells.getVolatile(upper) != 0) { // WALK3
                long seen = Cells.getVolatile(lower); // WALK4; WALK5 adds nothing to the race
                boolean same = Cells.getVolatile(lower) == seen; // WALK7
                end = !same ? "ROLLED_BACK" : seen == OWN ? "PINNED_OWN" : "PINNED_STRANGE";
            }
            slot.leave(); // WALK10
            return end;
        }

        String unshareAndReuse(boolean waits) {
            Cells.getAndSet(upper, 0); // UNSHARE1
            boolean inside = waits && slot.awaitIdle(); // UNSHARE2
            Cells.getAndSet(lower, STRANGE); // UNSHARE3
            return inside ? "WAITED" : "REUSED";
        }
    }

    /** The protocol as it has to be: the table is not used again while a walker may be in it. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Tables {
        @Actor
        public void walker(LL_Result r) {
            r.r1 = pin();
        }

        @Actor
        public void spaces(LL_Result r) {
            r.r2 = unshareAndReuse(true);
        }
    }

    /** UNSHARE2 left out, as in the kernel until 2025. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED_STRANGE, REUSED", expect = ACCEPTABLE_INTERESTING,
            desc = "the walker returned a page of another process")
    @Outcome(id = "ROLLED_BACK, REUSED", expect = ACCEPTABLE,
            desc = "the walker saw the entry change")
    @State
    public static class BrokenNoWait extends Tables {
        @Actor
        public void walker(LL_Result r) {
            r.r1 = pin();
        }

        @Actor
        public void spaces(LL_Result r) {
            r.r2 = unshareAndReuse(false); // UNSHARE2 missing
        }
    }

    /** The shipping walk and its slot against an opponent that unshares a table, and waits by the library's epochs. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real extends MappedPage {
        private static final long STRANGE = Machine.allocate();
        /** Until the heavy fence is over: one walk alone would be over by then, and hardly ever be waited for. */
        private static final int WALKS = 100;

        @Actor
        public void walker(LL_Result r) {
            String end = pinOwn();
            for (int walk = 1; walk < WALKS && "PINNED_OWN".equals(end); walk++) {
                machine.unpinIf(true);
                end = pinOwn();
            }
            r.r1 = end;
        }

        private String pinOwn() {
            String end = Walker.pin(machine, ADDRESS, 1); // WALK1 to WALK10
            return !"PINNED".equals(end) ? end : machine.batch().pfn(0) == pfn ? "PINNED_OWN" : "PINNED_STRANGE";
        }

        @Actor
        public void spaces(LL_Result r) {
            r.r2 = opponent.unshareAndReuse(STRANGE) ? "WAITED" : "REUSED"; // UNSHARE1 to UNSHARE3
        }

        @Arbiter
        public void settle(LL_Result r) {
            String _ = end(machine.batch().isHeld(), 0); // a wrong page shows in what the walker says
        }
    }
}
