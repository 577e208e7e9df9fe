package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

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
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Race R21: an entry that leads to a table is replaced by one that does not, while a walker passes.
 *
 * <pre>
 *   walker                                 mutator
 *   DESCEND1 read the entry into a local   REPLACE1 exchange the entry with none
 *   DESCEND2 is it a table? ask the local  REPLACE2 store an entry that maps a page
 *   DESCEND3 the table's address: from the local
 * </pre>
 *
 * <p><b>Shape:</b> two loads of one word. <b>Must not happen:</b> DESCEND2 is answered by one generation of the entry
 * and DESCEND3 by the next, so that the data of a page are walked as if they were a table. In the kernel this was a
 * stack copy of a folded level (d3f7b1bb2040).
 *
 * <p><b>What this machine can show:</b> a second read, also one that a compiler makes of a plain load. None of the
 * loads is plain.
 */
public class WalkVsReplaceTable {
    /** What the model may do; everything else is forbidden. */
    @Outcome(id = "(WALKED|PAGE), REPLACED", expect = ACCEPTABLE,
            desc = "the walker saw the entry as it was before, or after")
    @Outcome(id = "MISSED, REPLACED", expect = ACCEPTABLE,
            desc = "[overlap] the walker came while the entry was out")
    @Outcome(expect = FORBIDDEN, desc = "the walker took a page for a table")
    interface ModelOutcomes {
    }

    /** The word of the model and the steps that no variant changes. */
    abstract static class Upper {
        static final long TABLE = 0x1001;
        static final long PAGE = 0x2081;
        static final long KIND = 0x81;

        final long upper = Cells.claim();

        Upper() {
            Cells.set(upper, TABLE);
        }

        String walk(boolean readsTwice) {
            long seen = Cells.getVolatile(upper); // DESCEND1
            if (seen == 0) {
                return "MISSED";
            }
            if ((seen & KIND) != (TABLE & KIND)) { // DESCEND2
                return "PAGE";
            }
            Thread.onSpinWait(); // on the way
            long table = readsTwice ? Cells.getVolatile(upper) : seen; // DESCEND3
            return table == TABLE ? "WALKED" : "GARBAGE";
        }

        String replace() {
            Cells.getAndSet(upper, 0); // REPLACE1
            Cells.setRelease(upper, PAGE); // REPLACE2
            return "REPLACED";
        }
    }

    /** The protocol as it has to be: one read. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @State
    public static class Model extends Upper {
        @Actor
        public void walker(LL_Result r) {
            r.r1 = walk(false);
        }

        @Actor
        public void mutator(LL_Result r) {
            r.r2 = replace();
        }
    }

    /** DESCEND3 reads the entry again. Fires on x86. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @Outcome(id = "GARBAGE, REPLACED", expect = ACCEPTABLE_INTERESTING,
            desc = "the walker asked one generation of the entry and followed the next")
    @State
    public static class BrokenReadTwice extends Upper {
        @Actor
        public void walker(LL_Result r) {
            r.r1 = walk(true); // DESCEND3 from a fresh read
        }

        @Actor
        public void mutator(LL_Result r) {
            r.r2 = replace();
        }
    }

    /** What the shipping code may do; everything else is forbidden. */
    @Outcome(id = "FOUND_SMALL, REPLACED", expect = ACCEPTABLE,
            desc = "the walker was done before the table was replaced")
    @Outcome(id = "FOUND_HUGE, REPLACED", expect = ACCEPTABLE,
            desc = "the walker came after")
    @Outcome(id = "(MISSED|ROLLED_BACK), REPLACED", expect = ACCEPTABLE,
            desc = "[overlap] the walker met the entry while it was out, or saw it change after its grab")
    @Outcome(expect = FORBIDDEN, desc = "data walked as a table, or pages of both generations in one answer")
    interface RealOutcomes {
    }

    /**
     * The shipping walk against an opponent that puts a huge page in the place of a table. The words of the page look
     * like entries of frames that do not exist, so a walk of it throws.
     */
    @JCStressTest
    @JCStressMeta(RealOutcomes.class)
    @State
    public static class Real {
        private static final long ADDRESS = Machine.BASE;
        private static final int PAGES = Opponent.LEAF_PAGES;
        private static final long HUGE = Opponent.newTrap();

        private final Machine machine = Machine.claim();
        private final Opponent opponent;

        public Real() {
            machine.furnish(ADDRESS, PAGES);
            opponent = new Opponent(machine, ADDRESS);
        }

        @Actor
        public void walker(LL_Result r) {
            String end = Walker.get(machine, ADDRESS, PAGES); // DESCEND1 to DESCEND3
            r.r1 = "FOUND".equals(end) ? found() : end;
        }

        private String found() {
            boolean huge = machine.batch().pfn(0) == HUGE;
            for (int i = 0; i < PAGES; i++) {
                long expected = huge ? HUGE + i : Machine.frameBehind(opponent.table(), i);
                if (machine.batch().pfn(i) != expected) {
                    return "MIXED";
                }
            }
            return huge ? "FOUND_HUGE" : "FOUND_SMALL";
        }

        @Actor
        public void mutator(LL_Result r) {
            opponent.replaceTable(HUGE); // REPLACE1 REPLACE2
            r.r2 = "REPLACED";
        }

        @Arbiter
        public void settle(LL_Result r) {
            if (machine.batch().isHeld()) { // also a part of the range
                Machine.memory().putPages(machine.gets());
            }
            opponent.restore();
            machine.giveBack();
        }
    }
}
