package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

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
 * Race R3: all pages of a huge leaf are pinned while the leaf is split into a table of small entries, and then the
 * folio into single pages.
 *
 * <pre>
 *   walker                                         splitter
 *   LEAF1 read the leaf                            SPLIT1 exchange the leaf with an invalid one
 *   LEAF5 add a reference for each page, unless    SPLIT3 one reference for each small entry
 *         the count is zero                        SPLIT4 the table takes the leaf's place
 *   LEAF6 read the leaf again; changed: take back  FREEZE1 freeze the count, if it is exactly that of the entries;
 *         exactly what LEAF5 added                         every page gets a count of its own
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of LEAF5, LEAF6 against SPLIT1, FREEZE1. <b>Must not happen:</b> the walker returns
 * pages of a leaf that was split before LEAF6: its references are then all on the first page, and the others are freed
 * while the walker has them.
 *
 * <p><b>What this machine can show:</b> a missing LEAF6. Weaker modes it cannot: see {@link PinVsUnmap}.
 */
public class PinVsLeafSplit {
    /** What the model may do; everything else is forbidden. */
    @Outcome(id = "MISSED, SPLIT, BALANCED", expect = ACCEPTABLE,
            desc = "the leaf was gone before the walker looked")
    @Outcome(id = "PINNED, BUSY, BALANCED", expect = ACCEPTABLE,
            desc = "the walker re-checked before the leaf went, so the folio cannot be split")
    @Outcome(id = "ROLLED_BACK, (SPLIT|BUSY), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the leaf went between the walker's two reads; all was undone")
    @Outcome(id = "REFUSED, SPLIT, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the folio was frozen when the walker reached for it")
    @Outcome(expect = FORBIDDEN, desc = "pinned and split, or a count that does not add up")
    interface ModelOutcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Leaf {
        static final long PAGES = 4;
        static final long LEAF = 0xF7;
        static final long INVALID = 0xF0;
        static final long TABLE = 0x1001;

        final long entry = Cells.claim();
        final long count = entry + Cells.LINE;
        boolean pinned;

        Leaf() {
            Cells.set(entry, LEAF);
            Cells.set(count, 1);
        }

        String pin(boolean rechecks) {
            if (Cells.getVolatile(entry) != LEAF) { // LEAF1
                return "MISSED";
            }
            if (!Cells.addUnlessZero(count, PAGES)) { // LEAF5
                return "REFUSED";
            }
            if (rechecks && Cells.getVolatile(entry) != LEAF) { // LEAF6
                Cells.getAndAdd(count, -PAGES);
                return "ROLLED_BACK";
            }
            pinned = true;
            return "PINNED";
        }

        String split() {
            Cells.getAndSet(entry, INVALID); // SPLIT1
            Cells.getAndAdd(count, PAGES - 1); // SPLIT3
            Cells.setRelease(entry, TABLE); // SPLIT4
            if (!Cells.compareAndSet(count, PAGES, 0)) { // FREEZE1
                return "BUSY";
            }
            Cells.setRelease(count, 1);
            return "SPLIT";
        }

        String balance(boolean isSplit) {
            return Balance.of(Cells.getVolatile(count) - (isSplit ? 1 : PAGES) - (pinned ? PAGES : 0));
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @State
    public static class Model extends Leaf {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void splitter(LLL_Result r) {
            r.r2 = split();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance("SPLIT".equals(r.r2));
        }
    }

    /** LEAF6 left out: the walker cannot see that the folio was split. Fires on x86. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @Outcome(id = "PINNED, SPLIT, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "four references on one page, and none on the other three that were returned")
    @State
    public static class BrokenNoRecheck extends Leaf {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(false); // LEAF6 missing
        }

        @Actor
        public void splitter(LLL_Result r) {
            r.r2 = split();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance("SPLIT".equals(r.r2));
        }
    }

    /** What the shipping code may do; everything else is forbidden. */
    @Outcome(id = "MISSED, SAW_(PIN|NOTHING), BALANCED", expect = ACCEPTABLE,
            desc = "the walker met the invalid leaf, or walked the table as far as it goes")
    @Outcome(id = "PINNED, SAW_PIN, BALANCED", expect = ACCEPTABLE,
            desc = "the walker re-checked before the leaf went, so the pins were seen")
    @Outcome(id = "ROLLED_BACK, SAW_(PIN|NOTHING), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] leaf or table went between the walker's two reads; the pins were undone")
    @Outcome(expect = FORBIDDEN, desc = "pinned unseen, or a count that does not add up")
    interface RealOutcomes {
    }

    /**
     * Shipping code on both sides: pin_user_pages_fast of a huge leaf against the munmap of a half, which splits the
     * leaf.
     */
    @JCStressTest
    @JCStressMeta(RealOutcomes.class)
    @State
    public static class Real {
        private static final long ADDRESS = Machine.BASE;
        private static final int PAGES = Opponent.LEAF_PAGES;
        private static final int KEPT = PAGES / 2;
        /** Keeps the tables: this race is about the leaf. */
        private static final long NEIGHBOUR = ADDRESS + 2L * PAGES * Machine.PAGE;

        private final Machine machine = Machine.claim();
        private final long head;

        public Real() {
            machine.furnish(NEIGHBOUR, 1);
            machine.mapHuge(ADDRESS);
            head = machine.frameAt(ADDRESS);
        }

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, PAGES); // LEAF1 to LEAF6
        }

        @Actor
        public void splitter(LLL_Result r) {
            machine.unmap(ADDRESS + KEPT * Machine.PAGE, PAGES - KEPT); // SPLIT1 to SPLIT4
            r.r2 = PageRefs.maybePinned(Machine.record(0), head) ? "SAW_PIN" : "SAW_NOTHING"; // for FREEZE1
        }

        @Arbiter
        public void settle(LLL_Result r) {
            int pinned = machine.batch().isHeld() ? machine.batch().size() : 0; // also a part of the range
            int left = Machine.count(head) - KEPT - pinned;
            int pins = PageRefs.pinCount(Machine.record(head)) - pinned;
            r.r3 = left == 0 && pins == 0 ? "BALANCED" : "LEFT_" + left + "_PINS_" + pins;
            if (pinned > 0) {
                Machine.memory().unpinUserPages(machine.batch());
            }
            machine.unmap(ADDRESS, KEPT);
            machine.giveBack();
        }
    }
}
