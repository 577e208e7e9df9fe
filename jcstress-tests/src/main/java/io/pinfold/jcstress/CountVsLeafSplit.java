package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.page.PageRefs;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.Opponent;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Race R3 with a bystander: a huge leaf is split while a third thread counts the mappings of one of its pages, as
 * reclaim and migration do (page_mapped, CVE-2020-29368).
 *
 * <pre>
 *   splitter                                  bystander
 *   SPLIT3 a mapping for each small entry     mappings of the folio as a whole
 *          then the mapping of the whole      then mappings of the page
 *          goes
 * </pre>
 *
 * <p><b>Shape:</b> message passing, by two counters of which one is above zero at any time. <b>Must not happen:</b> the
 * page is found to be mapped nowhere: it would be freed, or moved, under the mapping.
 *
 * <p><b>What this machine can show:</b> the two steps of the splitter in the wrong order.
 */
public class CountVsLeafSplit {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "SPLIT, AS_A_WHOLE", expect = ACCEPTABLE, desc = "the bystander came first")
    @Outcome(id = "SPLIT, BY_PTE", expect = ACCEPTABLE, desc = "it came last")
    @Outcome(id = "SPLIT, BOTH", expect = ACCEPTABLE, desc = "[overlap] the page is counted twice for a while")
    @Outcome(expect = FORBIDDEN, desc = "a page of a mapping is found to be unmapped")
    interface Outcomes {
    }

    private static String found(long asAWhole, long byPte) {
        return asAWhole == 0 ? byPte == 0 ? "UNMAPPED" : "BY_PTE" : byPte == 0 ? "AS_A_WHOLE" : "BOTH";
    }

    /** The words of the model, and the bystander. */
    abstract static class Page {
        final long asAWhole = Cells.claim();
        final long byPte = asAWhole + Cells.LINE;

        Page() {
            Cells.set(asAWhole, 1);
            Cells.set(byPte, 0);
        }

        final String count() {
            long whole = Cells.getVolatile(asAWhole);
            return found(whole, Cells.getVolatile(byPte));
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Page {
        @Actor
        public void splitter(LL_Result r) {
            Cells.getAndAdd(byPte, 1); // SPLIT3
            Cells.getAndAdd(asAWhole, -1);
            r.r1 = "SPLIT";
        }

        @Actor
        public void bystander(LL_Result r) {
            r.r2 = count();
        }
    }

    /** The mapping of the whole goes first. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "SPLIT, UNMAPPED", expect = ACCEPTABLE_INTERESTING, desc = "the page may be freed under its mapping")
    @State
    public static class BrokenWholeFirst extends Page {
        @Actor
        public void splitter(LL_Result r) {
            Cells.getAndAdd(asAWhole, -1);
            Cells.getAndAdd(byPte, 1); // SPLIT3 late
            r.r1 = "SPLIT";
        }

        @Actor
        public void bystander(LL_Result r) {
            r.r2 = count();
        }
    }

    /** The munmap of a half, which splits the leaf; a page of the other half is counted. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
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
        public void splitter(LL_Result r) {
            machine.unmap(ADDRESS + KEPT * Machine.PAGE, PAGES - KEPT); // SPLIT1 to SPLIT4
            r.r1 = "SPLIT";
        }

        @Actor
        public void bystander(LL_Result r) {
            int asAWhole = PageRefs.entireMapCount(Machine.record(head));
            r.r2 = found(asAWhole, PageRefs.mapCount(Machine.record(head + KEPT - 1)));
        }

        @Arbiter
        public void settle(LL_Result r) {
            machine.unmap(ADDRESS, KEPT);
            machine.giveBack();
        }
    }
}
