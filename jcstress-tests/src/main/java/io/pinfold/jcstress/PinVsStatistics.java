package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.memory.VmStat;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.Walker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Race R27 with a bystander: a page is pinned and unpinned while a third thread reads the counters of pins.
 *
 * <pre>
 *   holder                                bystander
 *   COUNT1 acquired + 1, pin              COUNT3 read released
 *   COUNT2 released + 1, unpin            COUNT4 read acquired
 * </pre>
 *
 * <p><b>Shape:</b> message passing of the acquired pin behind the released one. <b>Must not happen:</b> more pins are
 * released than were acquired.
 *
 * <p><b>What this machine can show:</b> COUNT4 before COUNT3. That COUNT2 is a release and COUNT3 an acquire it cannot.
 */
public class PinVsStatistics {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "UNPINNED, EVEN", expect = ACCEPTABLE, desc = "read before the pin, or after its release")
    @Outcome(id = "UNPINNED, ABOVE_0", expect = ACCEPTABLE, desc = "[overlap] the pin was counted, its release not")
    @Outcome(expect = FORBIDDEN, desc = "more released than acquired")
    interface Outcomes {
    }

    private static String found(long acquired, long released) {
        return acquired == released ? "EVEN" : acquired > released ? "ABOVE_0" : "BELOW_0";
    }

    /** The words of the model, and the holder. */
    abstract static class Counts {
        final long acquired = Cells.claim();
        final long released = acquired + Cells.LINE;

        Counts() {
            Cells.set(acquired, 0);
            Cells.set(released, 0);
        }

        final String pinAndUnpin() {
            Cells.getAndAdd(acquired, 1); // COUNT1
            Cells.setRelease(released, 1); // COUNT2
            return "UNPINNED";
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Counts {
        @Actor
        public void holder(LL_Result r) {
            r.r1 = pinAndUnpin();
        }

        @Actor
        public void bystander(LL_Result r) {
            long given = Cells.getVolatile(released); // COUNT3
            r.r2 = found(Cells.getVolatile(acquired), given); // COUNT4
        }
    }

    /** What was acquired is read first. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "UNPINNED, BELOW_0", expect = ACCEPTABLE_INTERESTING, desc = "a pin that nothing took was released")
    @State
    public static class BrokenAcquiredFirst extends Counts {
        @Actor
        public void holder(LL_Result r) {
            r.r1 = pinAndUnpin();
        }

        @Actor
        public void bystander(LL_Result r) {
            long taken = Cells.getVolatile(acquired); // COUNT4 early
            r.r2 = found(taken, Cells.getVolatile(released));
        }
    }

    /** A pin and its release by the library, against the statistics of the memory. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private final Machine machine = Machine.claim();

        public Real() {
            machine.furnish(Machine.BASE, 1);
        }

        @Actor
        public void holder(LL_Result r) {
            String pinned = Walker.pin(machine, Machine.BASE, 1); // COUNT1
            if (machine.batch().isHeld()) {
                Machine.memory().unpinUserPages(machine.batch()); // COUNT2
            }
            r.r1 = "PINNED".equals(pinned) ? "UNPINNED" : pinned;
        }

        @Actor
        public void bystander(LL_Result r) {
            VmStat stat = Machine.memory().vmStat(); // COUNT3 COUNT4
            r.r2 = found(stat.nrFollPinAcquired(), stat.nrFollPinReleased());
        }

        @Arbiter
        public void settle(LL_Result r) {
            machine.giveBack();
        }
    }
}
