package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.MappedPage;
import io.pinfold.jcstress.support.ReusedModelPage;
import io.pinfold.jcstress.support.UnmappedFolio;
import io.pinfold.jcstress.support.Walker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Race R1: a page is pinned while it is unmapped, freed and handed out again.
 *
 * <pre>
 *   walker                                          unmapper
 *   WALK4 read the entry                            UNMAP1 exchange the entry with none
 *   WALK5 add a reference unless the count is zero  UNMAP2 look at the count: is the page pinned?
 *   WALK7 read the entry again; changed:            UNMAP3 drop the mapping's reference; the last one: free
 *   WALK8 take back exactly what WALK5 added        UNMAP4 hand the frame out again
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of WALK5, WALK7 against UNMAP1, UNMAP2. <b>Must not happen:</b> WALK7 sees the old
 * entry and UNMAP2 misses the reference of WALK5, so that the walker returns a page whose count showed its owner no
 * pin; or WALK7 is missing, and the walker returns a frame that has another owner since UNMAP4. The roll-back (WALK8)
 * may be the last put.
 *
 * <p><b>What this machine can show:</b> on x86 a locked instruction is a full fence, so weakening WALK5 or the exchange
 * of UNMAP1 to a weaker read-modify-write shows nothing. A release store in UNMAP1, a missing WALK7 and a WALK7 moved
 * before WALK5 all show.
 */
public class PinVsUnmap {
    /** What the model may do; everything else is forbidden. */
    @Outcome(id = "MISSED, SAW_NOTHING, BALANCED", expect = ACCEPTABLE,
            desc = "the unmapper was done before the walker read the entry")
    @Outcome(id = "PINNED, SAW_PIN, BALANCED", expect = ACCEPTABLE,
            desc = "the walker re-checked before the clear, so the unmapper saw the pin and the page lives on")
    @Outcome(id = "ROLLED_BACK, SAW_(PIN|NOTHING), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the clear fell between the walker's two reads of the entry; the pin was undone")
    @Outcome(id = "REFUSED, SAW_NOTHING, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the page was free, and not yet handed out again, when the walker reached for it")
    @Outcome(expect = FORBIDDEN, desc = "pinned unseen, pinned and recycled, or a count that does not add up")
    interface ModelOutcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Page extends ReusedModelPage {
        static final long MAPPED = 0x77;

        Page() {
            super(MAPPED, BIAS);
        }

        String pin(boolean recheck) {
            long seen = Cells.getVolatile(entry); // WALK4
            if (seen == 0) {
                return "MISSED";
            }
            if (!Cells.addUnlessZero(count, BIAS)) { // WALK5
                return "REFUSED";
            }
            if (recheck && Cells.getVolatile(entry) != seen) { // WALK7
                boolean _ = put(BIAS); // WALK8: the roll-back can be the last put
                return "ROLLED_BACK";
            }
            pinned = true;
            return "PINNED";
        }

        String lookAndDrop() {
            boolean seen = Cells.getVolatile(count) >= BIAS; // UNMAP2
            if (put(1)) { // UNMAP3
                reuse(); // UNMAP4
            }
            return seen ? "SAW_PIN" : "SAW_NOTHING";
        }
    }

    /** The protocol as it has to be: every access takes part in one total order. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @State
    public static class Model extends Page {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void unmapper(LLL_Result r) {
            Cells.getAndSet(entry, 0); // UNMAP1
            r.r2 = lookAndDrop();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** UNMAP1 weakened to a release store: it may wait in the store buffer while UNMAP2 already looks. Fires on x86. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @Outcome(id = "PINNED, SAW_NOTHING, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "store buffering: the walker re-read the old entry and the unmapper the old count")
    @State
    public static class BrokenReleaseClear extends Page {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void unmapper(LLL_Result r) {
            Cells.setRelease(entry, 0); // UNMAP1 too weak
            r.r2 = lookAndDrop();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** WALK7 left out: the walker cannot see that its frame was freed and handed out again. Fires on x86. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @Outcome(id = "PINNED, SAW_NOTHING, RECYCLED", expect = ACCEPTABLE_INTERESTING,
            desc = "the walker pinned a frame that already had another owner")
    @Outcome(id = "PINNED, SAW_NOTHING, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the walker pinned between the look and the drop: the unmapper acted on a count it did not have")
    @State
    public static class BrokenNoRecheck extends Page {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(false); // WALK7 missing
        }

        @Actor
        public void unmapper(LLL_Result r) {
            Cells.getAndSet(entry, 0); // UNMAP1
            r.r2 = lookAndDrop();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** What the shipping code may do when the unmapper is munmap; everything else is forbidden. */
    @Outcome(id = "MISSED, FREED, BALANCED", expect = ACCEPTABLE,
            desc = "the page was unmapped before the walker read the entry, and handed out again")
    @Outcome(id = "PINNED, KEPT, BALANCED", expect = ACCEPTABLE,
            desc = "the walker pinned the page while it was mapped, so munmap did not free it")
    @Outcome(id = "ROLLED_BACK, (FREED|KEPT), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the clear fell between the walker's two reads; its roll-back may be the last put")
    @Outcome(id = "REFUSED, FREED, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the page was free, and not yet handed out again, when the walker reached for it")
    @Outcome(expect = FORBIDDEN, desc = "pinned and freed, pinned and recycled, or a count that does not add up")
    interface MunmapOutcomes {
    }

    /** Shipping code on both sides: pin_user_pages_fast against munmap, which frees the frame, and its next owner. */
    @JCStressTest
    @JCStressMeta(MunmapOutcomes.class)
    @State
    public static class Real extends UnmappedFolio {
        @Actor
        public void walker(LLL_Result r) {
            Walker.comeLate();
            r.r1 = Walker.pin(machine, ADDRESS, 1);
        }

        @Actor
        public void unmapper(LLL_Result r) {
            r.r2 = unmapAndReuse(); // UNMAP1 UNMAP3 UNMAP4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = end("PINNED".equals(r.r1));
        }
    }

    /**
     * The shipping walker against a mutator that looks at the count, as reclaim, fork and copy-on-write re-use will. It
     * takes UNMAP1 and UNMAP2 by the library's own primitives, with nothing in between.
     */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @State
    public static class RealLook extends MappedPage {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, 1);
        }

        @Actor
        public void unmapper(LLL_Result r) {
            opponent.takeOut(); // UNMAP1
            r.r2 = look(); // UNMAP2
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = end("PINNED".equals(r.r1), 0);
        }
    }
}
