package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.foll.FollBits;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.LookedAtPage;
import io.pinfold.jcstress.support.ModelPage;
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
 * Races R10 and R19: what a device wrote is given back as dirty while reclaim decides whether the page may be thrown
 * away.
 *
 * <pre>
 *   holder of a pin                               reclaim, by freezing
 *   DIRTY1 the device wrote: mark the page dirty  RECLAIM1 freeze the count, which has to be exact
 *   DIRTY2 drop the pin                           RECLAIM2 dirty? unfreeze
 *                                                 RECLAIM3 throw the page away
 *
 *                                                 or MADV_FREE
 *                                                 DISCARD1 take the entry out
 *                                                 DISCARD2 references but the mapping's? put it back
 *                                                 DISCARD3 dirty? put it back
 *                                                 DISCARD4 throw the page away
 * </pre>
 *
 * <p><b>Shape:</b> message passing from DIRTY1 over DIRTY2 and RECLAIM1 (DISCARD2) to RECLAIM2 (DISCARD3); DISCARD1
 * against the walk is store buffering as in {@link PinVsUnmap}. <b>Must not happen:</b> written and thrown away.
 * A reclaim that asks for dirty first, and counts then, misses a holder that did DIRTY1 and DIRTY2 in between.
 *
 * <p><b>What this machine can show:</b> steps in the wrong order. Weaker modes of DIRTY1 and DIRTY2 it cannot: x86
 * keeps stores in order.
 */
public class WriteVsReclaim {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "WROTE, DIRTY, BALANCED", expect = ACCEPTABLE,
            desc = "the holder was done, and the page is kept for its data")
    @Outcome(id = "WROTE, BUSY, BALANCED", expect = ACCEPTABLE,
            desc = "the pin was there: reclaim leaves the page alone")
    @Outcome(id = "WROTE, BUSY_DIRTY, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the pin was there, and the page was marked dirty right after")
    @Outcome(id = "MISSED, GONE, BALANCED", expect = ACCEPTABLE, desc = "the page was thrown away first")
    @Outcome(id = "ROLLED_BACK, (GONE|BUSY|BUSY_DIRTY), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the entry went between the walker's two reads; the pin was undone")
    @Outcome(expect = FORBIDDEN, desc = "written and thrown away, or a count that does not add up")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Page extends ModelPage {
        final long dirty = count + Cells.LINE;

        Page() {
            Cells.set(count, 1 + BIAS);
        }

        String giveBack(boolean dirtyFirst) {
            if (dirtyFirst) {
                Cells.setVolatile(dirty, 1); // DIRTY1
            }
            Cells.getAndAdd(count, -BIAS); // DIRTY2
            if (!dirtyFirst) {
                Cells.setVolatile(dirty, 1); // DIRTY1 too late
            }
            return "WROTE";
        }

        boolean isDirty() {
            return Cells.getVolatile(dirty) != 0; // RECLAIM2
        }

        String busy() {
            return isDirty() ? "BUSY_DIRTY" : "BUSY";
        }

        String reclaim() {
            return Cells.compareAndSet(count, 1, 0) ? decide(isDirty()) : busy(); // RECLAIM1 RECLAIM2
        }

        String decide(boolean keep) {
            Cells.setRelease(count, 1); // unfrozen, or the next owner's
            return keep ? "DIRTY" : "GONE"; // RECLAIM3
        }
    }

    /** The protocol as it has to be: freeze, then ask. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Page {
        @Actor
        public void holder(LLL_Result r) {
            r.r1 = giveBack(true);
        }

        @Actor
        public void reclaim(LLL_Result r) {
            r.r2 = reclaim();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** RECLAIM2 before RECLAIM1: the holder does both of its steps in between. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "WROTE, GONE, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "what the device wrote is lost")
    @State
    public static class BrokenDirtyFirst extends Page {
        @Actor
        public void holder(LLL_Result r) {
            r.r1 = giveBack(true);
        }

        @Actor
        public void reclaim(LLL_Result r) {
            boolean keep = isDirty(); // RECLAIM2 too early
            r.r2 = Cells.compareAndSet(count, 1, 0) ? decide(keep) : busy(); // RECLAIM1
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** DIRTY1 after DIRTY2, as drivers did: nothing shows any more that there are data to keep. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "WROTE, GONE, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the page was thrown away before it was marked")
    @State
    public static class BrokenDirtyAfterPut extends Page {
        @Actor
        public void holder(LLL_Result r) {
            r.r1 = giveBack(false); // DIRTY1 too late
        }

        @Actor
        public void reclaim(LLL_Result r) {
            r.r2 = reclaim();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** unpin_user_pages_dirty_lock of the library against an opponent that reclaims by freezing. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real extends LookedAtPage {
        public Real() {
            machine.pin(ADDRESS, 1, FollBits.FOLL_WRITE);
            looker.makeClean();
        }

        @Actor
        public void holder(LLL_Result r) {
            r.r1 = Writer.giveBackDirty(machine); // DIRTY1 DIRTY2
        }

        @Actor
        public void reclaim(LLL_Result r) {
            r.r2 = looker.reclaim(); // RECLAIM1 to RECLAIM3
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = end(false);
        }
    }

    /** The shipping walk and its dirtying release against an opponent that discards MADV_FREE pages. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class RealLazyFree extends LookedAtPage {
        public RealLazyFree() {
            looker.makeClean();
        }

        @Actor
        public void holder(LLL_Result r) {
            String end = Walker.pin(machine, ADDRESS, 1);
            r.r1 = "PINNED".equals(end) ? Writer.giveBackDirty(machine) : end; // DIRTY1 DIRTY2
        }

        @Actor
        public void reclaim(LLL_Result r) {
            r.r2 = looker.discardIfClean(); // DISCARD1 to DISCARD4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = end(false);
        }
    }
}
