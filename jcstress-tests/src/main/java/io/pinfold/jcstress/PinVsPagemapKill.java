package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.page.PageRefs;
import io.pinfold.jcstress.support.Balance;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.Opponent;
import io.pinfold.jcstress.support.Walker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Race R13: a device page is pinned while its device is removed.
 *
 * <pre>
 *   walker                                       owner
 *   LOOKUP1 find the pagemap of the frame        REMOVE1 kill: no new reference on the pagemap
 *   LOOKUP3 take a reference on it, if it lives  REMOVE2 drop the base reference of the page
 *   LOOKUP4 add a pin to the page, unless zero   REMOVE3 no reference on pagemap and page is left:
 *   LOOKUP5 put the pagemap                      REMOVE5 the frame ends its life; the next device may have it
 * </pre>
 *
 * <p><b>Shape:</b> read-modify-writes of two words, each of which decides between the walker and the owner. The
 * reference on the pagemap delays REMOVE3 from LOOKUP3 to LOOKUP5, the pin from LOOKUP4 on. <b>Must not happen:</b> the
 * page is pinned and its frame ends its life. That the entry still maps the frame, and that its count is not zero,
 * proves nothing: it can be the next device's.
 *
 * <p><b>What this machine can show:</b> a missing LOOKUP3. The live reference itself: see {@link LiveRefVsKill}.
 */
public class PinVsPagemapKill {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "REFUSED, REMOVED, BALANCED", expect = ACCEPTABLE,
            desc = "the device was being removed when the walker came")
    @Outcome(id = "PINNED, DELAYED, BALANCED", expect = ACCEPTABLE,
            desc = "the pin holds the removal up")
    @Outcome(id = "REFUSED, DELAYED, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the walker had the pagemap, and found the page without its base reference")
    @Outcome(expect = FORBIDDEN, desc = "pinned and removed, or a count that does not add up")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Device {
        static final long BIAS = 1024;
        /** The pagemap's word: bit 0 says dead, the references are above. */
        static final long DEAD = 1;
        static final long REFERENCE = 2;

        final long pagemap = Cells.claim();
        final long count = pagemap + Cells.LINE;
        boolean pinned;
        boolean removed;

        Device() {
            Cells.set(count, 1);
        }

        private boolean tryGetLive() {
            long found;
            do {
                found = Cells.getVolatile(pagemap);
                if ((found & DEAD) != 0) {
                    return false;
                }
            } while (!Cells.compareAndSet(pagemap, found, found + REFERENCE));
            return true;
        }

        String pin(boolean takesPagemap) {
            if (takesPagemap && !tryGetLive()) { // LOOKUP1 LOOKUP3
                return "REFUSED";
            }
            pinned = Cells.addUnlessZero(count, BIAS); // LOOKUP4
            if (takesPagemap) {
                Cells.getAndAdd(pagemap, -REFERENCE); // LOOKUP5
            }
            return pinned ? "PINNED" : "REFUSED";
        }

        String kill() {
            Cells.getAndAdd(pagemap, DEAD); // REMOVE1
            Cells.getAndAdd(count, -1); // REMOVE2
            if (Cells.getVolatile(pagemap) != DEAD || Cells.getVolatile(count) != 0) { // REMOVE3
                return "DELAYED";
            }
            Cells.setRelease(count, 1); // REMOVE5: the next device's page
            removed = true;
            return "REMOVED";
        }

        String balance() {
            return Balance.of(Cells.getVolatile(count) - (pinned ? BIAS : 0) - (removed ? 1 : 0));
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Device {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void owner(LLL_Result r) {
            r.r2 = kill();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** LOOKUP3 left out: the walker only asks whether the count is zero. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, REMOVED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the walker pinned a page of the next device")
    @State
    public static class BrokenNoPagemap extends Device {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(false); // LOOKUP3 missing
        }

        @Actor
        public void owner(LLL_Result r) {
            r.r2 = kill();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /**
     * The shipping walk over a device entry, with registry, live reference and device put, against the removal of the
     * device. The owner does not unmap it first, so that the entry is there all the time.
     */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private static final long ADDRESS = Machine.BASE;

        private final Machine machine = Machine.claim();
        private final DevPagemap device = machine.addDevice();
        private final long pfn = device.ranges().getFirst().firstPfn();
        private final int born = Machine.generation(pfn);
        private final Opponent opponent;

        public Real() {
            machine.furnish(ADDRESS, 1);
            opponent = new Opponent(machine, ADDRESS);
            opponent.mapDevice(pfn);
        }

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, 1); // LOOKUP1 to LOOKUP5
        }

        @Actor
        public void owner(LLL_Result r) {
            device.kill(); // REMOVE1 REMOVE2
            boolean done = device.step(); // REMOVE3
            if (done) {
                device.close(); // REMOVE5
            }
            r.r2 = done ? "REMOVED" : "DELAYED";
        }

        @Arbiter
        public void settle(LLL_Result r) {
            boolean pinned = "PINNED".equals(r.r1);
            boolean exact = !pinned || Machine.generation(pfn) == born && Machine.count(pfn) == PageRefs.PIN_BIAS;
            machine.unpinIf(pinned);
            if ("DELAYED".equals(r.r2)) {
                device.awaitDone();
                device.close();
            }
            r.r3 = exact && Machine.generation(pfn) == born + 1 ? "BALANCED" : "LEFT_" + Machine.count(pfn);
            opponent.restore();
            machine.giveBack();
        }
    }
}
