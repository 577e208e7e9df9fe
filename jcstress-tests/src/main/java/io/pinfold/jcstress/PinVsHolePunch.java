package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.page.PageRefs;
import io.pinfold.hwmodel.device.DaxFile;
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
 * Race R14: a page of a DAX file is pinned while a hole is punched where it lies.
 *
 * <pre>
 *   walker                                     puncher, under the file's lock
 *   WALK4 read the entry                       PUNCH1 take the entry out
 *   WALK5 add a pin to the page                PUNCH3 read the count: above the idle value is busy
 *   WALK7 read the entry again; changed: undo  PUNCH4 not busy: free the block, another file may have it
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of WALK5, WALK7 against PUNCH1, PUNCH3. <b>Must not happen:</b> the page is pinned
 * and its block is free (I8): a device then writes into another file. The entry of device memory holds no reference, so
 * a pin shows in PUNCH3 alone.
 *
 * <p><b>What this machine can show:</b> steps in the wrong order or missing, and PUNCH1 as a release store. A weaker
 * read-modify-write it cannot show.
 */
public class PinVsHolePunch {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "MISSED, FREED, BALANCED", expect = ACCEPTABLE,
            desc = "the block was unmapped before the walker read the entry")
    @Outcome(id = "PINNED, BUSY, BALANCED", expect = ACCEPTABLE,
            desc = "the puncher saw the pin; it would wait for its end and begin again")
    @Outcome(id = "ROLLED_BACK, (FREED|BUSY), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the entry went between the walker's two reads; the pin was undone")
    @Outcome(expect = FORBIDDEN, desc = "pinned and freed, or a count that does not add up")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Block extends ModelPage {
        static final long IDLE = 1;
        static final long MAPPED = 0x77;

        Block() {
            super(MAPPED);
        }

        String pin(boolean recheck) {
            if (Cells.getVolatile(entry) == 0) { // WALK4
                return "MISSED";
            }
            Cells.getAndAdd(count, BIAS); // WALK5
            if (recheck && Cells.getVolatile(entry) == 0) { // WALK7
                Cells.getAndAdd(count, -BIAS);
                return "ROLLED_BACK";
            }
            pinned = true;
            return "PINNED";
        }

        boolean isBusy() {
            return Cells.getVolatile(count) > IDLE; // PUNCH3
        }
    }

    /** The protocol as it has to be: unmap, then count. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Block {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void puncher(LLL_Result r) {
            Cells.getAndSet(entry, 0); // PUNCH1
            r.r2 = isBusy() ? "BUSY" : "FREED"; // PUNCH3 PUNCH4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** PUNCH3 before PUNCH1: the pin comes in between, and its re-check still finds the entry. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, FREED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the block is free, and a device writes to it")
    @State
    public static class BrokenCountFirst extends Block {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void puncher(LLL_Result r) {
            boolean busy = isBusy(); // PUNCH3 too early
            Cells.getAndSet(entry, 0); // PUNCH1
            r.r2 = busy ? "BUSY" : "FREED";
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** WALK7 left out. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, FREED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the walker reached for the page when the block was free already")
    @State
    public static class BrokenNoRecheck extends Block {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(false); // WALK7 missing
        }

        @Actor
        public void puncher(LLL_Result r) {
            Cells.getAndSet(entry, 0); // PUNCH1
            r.r2 = isBusy() ? "BUSY" : "FREED"; // PUNCH3 PUNCH4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** PUNCH1 weakened to a release store, which waits in the store buffer while PUNCH3 looks. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, FREED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "store buffering: neither side saw the other")
    @State
    public static class BrokenReleaseClear extends Block {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void puncher(LLL_Result r) {
            Cells.setRelease(entry, 0); // PUNCH1 too weak
            r.r2 = isBusy() ? "BUSY" : "FREED"; // PUNCH3 PUNCH4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** Shipping code on both sides: pin_user_pages_fast of a page of a DAX file against punching a hole, once. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private final Machine machine = Machine.claim();
        private final DaxFile file = Devices.daxFile(machine);
        private final long pfn;

        public Real() {
            machine.fault(Devices.DAX_ADDRESS, 1);
            pfn = machine.frameAt(Devices.DAX_ADDRESS);
        }

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, Devices.DAX_ADDRESS, 1); // WALK4 to WALK7
        }

        @Actor
        public void puncher(LLL_Result r) {
            r.r2 = file.tryPunchHole(0, 1) < 0 ? "FREED" : "BUSY"; // PUNCH1 to PUNCH4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            boolean pinned = "PINNED".equals(r.r1);
            boolean kept = file.blockOf(0) == pfn;
            // a block that is free may be another file's by now, and pinned by another walker
            int left = kept ? Machine.count(pfn) - 1 - (pinned ? PageRefs.PIN_BIAS : 0) : 0;
            r.r3 = left == 0 && kept == "BUSY".equals(r.r2) ? "BALANCED" : "LEFT_" + left + (kept ? "_KEPT" : "_GONE");
            machine.unpinIf(pinned);
            machine.giveBack();
        }
    }
}
