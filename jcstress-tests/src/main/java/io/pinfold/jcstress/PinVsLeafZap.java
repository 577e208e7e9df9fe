package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.MappedPage;
import io.pinfold.jcstress.support.Opponent;
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
 * Races R3 and R12: all pages of a huge leaf are pinned while the leaf is unmapped and its folio freed.
 *
 * <pre>
 *   walker                                         unmapper
 *   LEAF1 read the leaf                            UNMAP1 exchange the leaf with none
 *   LEAF5 add a reference and a pin for each page  UNMAP2 look at the count
 *         unless the count is zero                 UNMAP3 drop the leaf's one reference
 *   LEAF6 read the leaf again; changed: take back UNMAP4 it was the last: free, and hand the folio out again
 *         exactly what LEAF5 added
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of LEAF5, LEAF6 against UNMAP1, UNMAP2. <b>Must not happen:</b> the walker returns
 * pages of a folio that was freed; or its roll-back gives back another number than it took. One reference instead of
 * one for each page leaks the folio.
 *
 * <p><b>What this machine can show:</b> a missing LEAF6 and a wrong amount. Weaker modes it cannot: see
 * {@link PinVsUnmap}.
 */
public class PinVsLeafZap {
    /** What the model and the unmapping library may do; everything else is forbidden. */
    @Outcome(id = "MISSED, FREED, BALANCED", expect = ACCEPTABLE,
            desc = "the leaf was gone before the walker looked")
    @Outcome(id = "PINNED, KEPT, BALANCED", expect = ACCEPTABLE,
            desc = "the walker re-checked before the leaf went, so the folio lives on")
    @Outcome(id = "ROLLED_BACK, (FREED|KEPT), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the leaf went between the walker's two reads; the roll-back may be the last put")
    @Outcome(id = "REFUSED, FREED, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the folio was free, and not yet handed out again, when the walker reached for it")
    @Outcome(expect = FORBIDDEN, desc = "pinned and freed, or a count that does not add up")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Leaf extends ReusedModelPage {
        static final long PAGES = 4;
        static final long MAPPED = 0xF7;

        final long pins = count + Long.BYTES;

        Leaf() {
            super(MAPPED, PAGES);
        }

        String pin(long givenBack) {
            long seen = Cells.getVolatile(entry); // LEAF1
            if (seen == 0) {
                return "MISSED";
            }
            if (!Cells.addUnlessZero(count, PAGES)) { // LEAF5
                return "REFUSED";
            }
            Cells.getAndAdd(pins, PAGES);
            if (Cells.getVolatile(entry) != seen) { // LEAF6
                Cells.getAndAdd(pins, -givenBack);
                boolean _ = put(givenBack); // the roll-back can be the last put
                return "ROLLED_BACK";
            }
            pinned = true;
            return "PINNED";
        }

        String unmap() {
            Cells.getAndSet(entry, 0); // UNMAP1
            if (!put(1)) { // UNMAP3
                return "KEPT";
            }
            reuse(); // UNMAP4
            return "FREED";
        }

        @Override
        protected String balance() {
            long left = Cells.getVolatile(pins) - (pinned ? PAGES : 0);
            String references = super.balance();
            return left == 0 || !"BALANCED".equals(references) ? references : "PINS_" + left;
        }
    }

    /** The protocol as it has to be: as much is given back as was taken. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Leaf {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(PAGES);
        }

        @Actor
        public void unmapper(LLL_Result r) {
            r.r2 = unmap();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** The roll-back gives one reference back for a leaf of four pages. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "ROLLED_BACK, (FREED|KEPT), LEFT_3", expect = ACCEPTABLE_INTERESTING,
            desc = "three references without a holder, so the folio is never freed")
    @State
    public static class BrokenRollBackOne extends Leaf {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(1); // LEAF6 gives back too little
        }

        @Actor
        public void unmapper(LLL_Result r) {
            r.r2 = unmap();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** Shipping code on both sides: pin_user_pages_fast of a huge leaf against munmap, and the folio's next owner. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "MISSED, KEPT, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the leaf went while the walker had the pages, and its unpin was the last put")
    @State
    public static class Real extends UnmappedFolio {
        private static final int TRIES = 4;

        public Real() {
            super(Opponent.LEAF_ORDER);
        }

        /** Pins several times, because munmap needs so long to reach the leaf; the last pin counts. */
        @Actor
        public void walker(LLL_Result r) {
            String end = Walker.pin(machine, ADDRESS, Opponent.LEAF_PAGES); // LEAF1 to LEAF6
            for (int i = 0; i < TRIES && "PINNED".equals(end); i++) {
                Machine.memory().unpinUserPages(machine.batch());
                end = Walker.pin(machine, ADDRESS, Opponent.LEAF_PAGES);
            }
            r.r1 = end;
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

    /** What the walk and a mutator that only looks at the count may do. */
    @Outcome(id = "MISSED, SAW_NOTHING, BALANCED", expect = ACCEPTABLE,
            desc = "the leaf was gone before the walker looked")
    @Outcome(id = "PINNED, SAW_PIN, BALANCED", expect = ACCEPTABLE,
            desc = "the walker re-checked before the leaf went, so the pins were seen")
    @Outcome(id = "ROLLED_BACK, SAW_(PIN|NOTHING), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the leaf went between the walker's two reads; the pins were undone")
    @Outcome(expect = FORBIDDEN, desc = "pinned unseen, or a count that does not add up")
    interface LookOutcomes {
    }

    /** The shipping walk against an opponent that takes the leaf out and looks, with nothing in between. */
    @JCStressTest
    @JCStressMeta(LookOutcomes.class)
    @State
    public static class RealLook extends MappedPage {
        public RealLook() {
            super(Opponent.LEAF_ORDER);
        }

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, Opponent.LEAF_PAGES); // LEAF1 to LEAF6
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
