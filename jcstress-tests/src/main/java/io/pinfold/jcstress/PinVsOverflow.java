package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.page.PageRefs;
import io.pinfold.jcstress.support.Balance;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.Walker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Race R8: two walkers reach for a page whose count has room for one more pin before it turns negative.
 *
 * <pre>
 *   each walker
 *   GRAB2 read the count; not above zero: refuse
 *   GRAB3 compareAndSet it to 1024 more; lost: GRAB2 again
 * </pre>
 *
 * <p><b>Shape:</b> two read-modify-writes of one word. <b>Must not happen:</b> a count that is negative already is
 * raised any further. The first negative value still means "in use". A count that is raised further wraps to zero in
 * the end, and the next put frees a page that a million others hold (CVE-2019-11487).
 *
 * <p><b>What this machine can show:</b> everything here; no weaker mode is involved.
 */
public class PinVsOverflow {
    /** Room for less than one pin, and for more than none: N11. */
    private static final int NEARLY_FULL = Integer.MAX_VALUE - 512;

    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "PINNED, UNDONE, BALANCED", expect = ACCEPTABLE,
            desc = "the other walker had come and gone when the first one came")
    @Outcome(id = "PINNED, REFUSED_OVERFLOW, BALANCED", expect = ACCEPTABLE,
            desc = "the other walker met the negative count and left it alone")
    @Outcome(id = "REFUSED_OVERFLOW, UNDONE, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the walker came while the other one had turned the count negative, and left it alone")
    @Outcome(expect = FORBIDDEN, desc = "a negative count was raised, or a count that does not add up")
    interface Outcomes {
    }

    /** A count of 32 bits, and the steps that no variant changes. */
    abstract static class Page {
        static final int BIAS = 1024;
        static final String REFUSED = "REFUSED_OVERFLOW";

        final long count = Cells.claim();
        boolean pinned;

        Page() {
            Cells.set(count, NEARLY_FULL);
        }

        String pin(boolean looksAtSign) {
            while (true) {
                int found = (int) Cells.getVolatile(count);
                if (looksAtSign ? found <= 0 : found == 0) { // GRAB2
                    return REFUSED;
                }
                if (Cells.compareAndSet(count, found, found + BIAS)) { // GRAB3
                    return found < 0 ? "PINNED_BEYOND" : "PINNED";
                }
            }
        }

        String pinAndUndo(boolean looksAtSign) {
            String end = pin(looksAtSign);
            if (REFUSED.equals(end)) {
                return end;
            }
            undo();
            return "PINNED".equals(end) ? "UNDONE" : "UNDONE_BEYOND";
        }

        /** 32 bits, as the record has them: the subtraction wraps as the addition did. */
        private void undo() {
            long found;
            do {
                found = Cells.getVolatile(count);
            } while (!Cells.compareAndSet(count, found, (int) found - BIAS));
        }

        String balance() {
            return Balance.of((int) Cells.getVolatile(count) - NEARLY_FULL - (pinned ? BIAS : 0));
        }
    }

    /** The protocol as it has to be: a negative count is left alone. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Page {
        @Actor
        public void walker(LLL_Result r) {
            String end = pin(true);
            pinned = !REFUSED.equals(end);
            r.r1 = end;
        }

        @Actor
        public void other(LLL_Result r) {
            r.r2 = pinAndUndo(true);
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** GRAB2 only asks for zero, so a negative count is raised until it wraps. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "(PINNED, UNDONE_BEYOND|PINNED_BEYOND, UNDONE), BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "a count that had overflowed was raised further")
    @State
    public static class BrokenNoSignTest extends Page {
        @Actor
        public void walker(LLL_Result r) {
            String end = pin(false); // GRAB2 without the sign
            pinned = true;
            r.r1 = end;
        }

        @Actor
        public void other(LLL_Result r) {
            r.r2 = pinAndUndo(false);
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** The shipping walk, with its in-line grab, against the library's grab and its mirror. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private static final long ADDRESS = Machine.BASE;
        private static final int HOLD = 64;

        private final Machine machine = Machine.claim();
        private final long pfn;

        public Real() {
            machine.furnish(ADDRESS, 1);
            pfn = machine.frameAt(ADDRESS);
            PageRefs.setCount(Machine.record(pfn), NEARLY_FULL);
        }

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, 1);
        }

        @Actor
        public void other(LLL_Result r) {
            long token = Walker.grab(machine, pfn, FollBits.FOLL_PIN); // GRAB2 GRAB3
            if (token < 0) {
                r.r2 = token == Grab.REFUSED_OVERFLOW ? "REFUSED_OVERFLOW" : "REFUSED_" + token;
                return;
            }
            boolean beyond = false;
            for (int i = 0; i < HOLD; i++) { // so that the walker comes while the count is negative
                beyond |= Machine.count(pfn) - NEARLY_FULL == 2 * PageRefs.PIN_BIAS;
            }
            Grab.undo(Bridge.core(Machine.memory()), token, machine.walkersFrees());
            r.r2 = beyond ? "UNDONE_BEYOND" : "UNDONE";
        }

        @Arbiter
        public void settle(LLL_Result r) {
            boolean pinned = "PINNED".equals(r.r1);
            r.r3 = Balance.of(Machine.count(pfn) - NEARLY_FULL - (pinned ? PageRefs.PIN_BIAS : 0));
            machine.unpinIf(pinned);
            PageRefs.setCount(Machine.record(pfn), 1);
            machine.giveBack();
        }
    }
}
