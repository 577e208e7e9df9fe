package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.pgtable.Geometry;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.MappedPage;
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
 * Race R5: a page is pinned while the table that maps it is taken away with its entries intact. khugepaged collapses it
 * into a huge page, or mremap moves it to another address.
 *
 * <pre>
 *   walker                                        collapser
 *   WALK3 read the table's entry                  COLLAPSE1 exchange the table's entry with none
 *   WALK4 read the page's entry
 *   WALK5 add a pin to the count                  COLLAPSE2 look at the count: more than the mapping's reference?
 *   WALK7 read the page's entry again             COLLAPSE3 yes: put the table back
 *   WALK6 read the table's entry again; changed:            no: copy the page, and free the old one
 *   WALK8 take back exactly what WALK5 added
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of WALK5, WALK6 against COLLAPSE1, COLLAPSE2. <b>Must not happen:</b> the walker
 * returns a page that COLLAPSE2 took for unused: the address shows the copy by then. WALK7 cannot see it, because the
 * table's entries are what they were. The kernel waits for all walkers between COLLAPSE1 and COLLAPSE2; here the
 * collapser does not, because WALK6 would then decide nothing. A moved table is the same shape, and mremap does not
 * wait in the kernel either.
 *
 * <p><b>What this machine can show:</b> a missing WALK6. Weaker modes it cannot: see {@link PinVsUnmap}.
 */
public class PinVsCollapse {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "MISSED, COLLAPSED, BALANCED", expect = ACCEPTABLE,
            desc = "the table was gone before the walker came")
    @Outcome(id = "PINNED, BUSY, BALANCED", expect = ACCEPTABLE,
            desc = "the collapser found a reference too many and put the table back")
    @Outcome(id = "ROLLED_BACK, (BUSY|COLLAPSED), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the table went between the walker's two reads of its entry; the pin was undone")
    @Outcome(expect = FORBIDDEN, desc = "pinned and collapsed, or a count that does not add up")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Tables extends ModelPage {
        static final long TABLE = 0x1001;
        static final long MAPPED = 0x77;

        final long upper = count + Cells.LINE;

        Tables() {
            super(MAPPED);
            Cells.set(upper, TABLE);
        }

        String pin(boolean looksAtTable) {
            long table = Cells.getVolatile(upper); // WALK3
            if (table == 0) {
                return "MISSED";
            }
            long seen = Cells.getVolatile(entry);
            Cells.getAndAdd(count, BIAS); // WALK5: no actor frees the page in this race
            if (Cells.getVolatile(entry) != seen // WALK7
                    || looksAtTable && Cells.getVolatile(upper) != table) { // WALK6
                Cells.getAndAdd(count, -BIAS); // WALK8
                return "ROLLED_BACK";
            }
            pinned = true;
            return "PINNED";
        }

        String collapse() {
            Cells.getAndSet(upper, 0); // COLLAPSE1
            if (Cells.getVolatile(count) == 1) { // COLLAPSE2
                return "COLLAPSED";
            }
            Cells.setRelease(upper, TABLE); // COLLAPSE3
            return "BUSY";
        }
    }

    /** The protocol as it has to be: both entries are read again. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Tables {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void collapser(LLL_Result r) {
            r.r2 = collapse();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** WALK6 left out, as in the seeds: the page's own entry is what it was. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, COLLAPSED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the walker pinned a page of a table that no longer maps anything here")
    @State
    public static class BrokenNoTableRecheck extends Tables {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(false); // WALK6 missing
        }

        @Actor
        public void collapser(LLL_Result r) {
            r.r2 = collapse();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** The shipping walk against an opponent that collapses without waiting for walkers. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real extends MappedPage {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, 1); // WALK4 to WALK8
        }

        @Actor
        public void collapser(LLL_Result r) {
            r.r2 = opponent.collapse(); // COLLAPSE1 to COLLAPSE3
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = end("PINNED".equals(r.r1), 0);
        }
    }

    /** What a moved table may do; everything else is forbidden. */
    @Outcome(id = "MISSED, SAW_NOTHING, BALANCED", expect = ACCEPTABLE,
            desc = "the table was gone before the walker came")
    @Outcome(id = "PINNED, SAW_PIN, BALANCED", expect = ACCEPTABLE,
            desc = "the walker was done before the table moved")
    @Outcome(id = "ROLLED_BACK, SAW_(PIN|NOTHING), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the table moved between the walker's two reads of its entry; the pin was undone")
    @Outcome(expect = FORBIDDEN, desc = "a page returned for an address that had ceased to show it before the pin")
    interface MoveOutcomes {
    }

    /** The shipping walk against an opponent that moves the table to another address, as mremap does. */
    @JCStressTest
    @JCStressMeta(MoveOutcomes.class)
    @State
    public static class RealMove extends MappedPage {
        private static final long TARGET = ADDRESS + Geometry.levelBytes(Geometry.PMD);

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, 1); // WALK4 to WALK8
        }

        @Actor
        public void mover(LLL_Result r) {
            opponent.moveTable(TARGET); // COLLAPSE1
            r.r2 = look(); // COLLAPSE2
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = end("PINNED".equals(r.r1), 0);
        }
    }
}
