package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.page.PageRefs;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.FolioSplit;
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
 * Race R9 for a run of pages: several pages of one folio are taken by one reference operation while the folio is split.
 *
 * <pre>
 *   walker                                         splitter
 *   GRAB1 page and head say: k pages of one folio  FREEZE1 freeze the head's count: one reference a mapped page
 *   GRAB3 add k references to the head, unless 0   FREEZE2 make the tails pages of their own, with a count of 1
 *   GRAB4 ask page and head again; changed:        FREEZE3 the head is a page, too; unfreeze it to 1
 *         take k off the head, go page by page
 * </pre>
 *
 * <p><b>Shape:</b> read-modify-writes of the head's count, and message passing from FREEZE2 over FREEZE3 and GRAB3 to
 * GRAB4. <b>Must not happen:</b> k references on what is a single page by now, and none on the pages that were
 * returned. The re-check of the entries cannot tell: they map the same frames before and after the split.
 *
 * <p><b>What this machine can show:</b> everything here; no weaker mode is involved.
 */
public class RunVsSplit {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "PINNED, BUSY, BALANCED", expect = ACCEPTABLE,
            desc = "the run was taken first and the splitter found too many references")
    @Outcome(id = "PINNED, SPLIT, BALANCED", expect = ACCEPTABLE,
            desc = "the split came first, or between GRAB1 and GRAB4: each page has a reference of its own")
    @Outcome(id = "MOVED, (SPLIT|BUSY), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the split fell between GRAB1 and GRAB4; the walker went on page by page")
    @Outcome(id = "REFUSED, SPLIT, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the walker came while the head was frozen, and took what was free or nothing")
    @Outcome(expect = FORBIDDEN, desc = "references on the wrong page, or a count that does not add up")
    interface Outcomes {
    }

    /** A folio of a head and a tail, both mapped, and the steps that no variant changes. */
    abstract static class Folio {
        static final long LARGE = 1;
        static final long PAGES = 2;

        final long compound = Cells.claim();
        final long headCount = compound + Cells.LINE;
        final long tailCount = headCount + Cells.LINE;
        /** References that the walker has taken: on the run, or on each page. */
        long onRun;
        boolean onHead;
        boolean onTail;

        Folio() {
            Cells.set(compound, LARGE);
            Cells.set(headCount, PAGES);
        }

        String grab(boolean asksAgain) {
            boolean moved = false;
            if (Cells.getVolatile(compound) == LARGE) { // GRAB1
                if (!Cells.addUnlessZero(headCount, PAGES)) { // GRAB3
                    return "REFUSED";
                }
                if (!asksAgain || Cells.getVolatile(compound) == LARGE) { // GRAB4
                    onRun = PAGES;
                    return "PINNED";
                }
                Cells.getAndAdd(headCount, -PAGES);
                moved = true;
            }
            onHead = Cells.addUnlessZero(headCount, 1);
            onTail = onHead && Cells.addUnlessZero(tailCount, 1);
            return onTail ? moved ? "MOVED" : "PINNED" : "REFUSED";
        }

        String split() {
            if (!Cells.compareAndSet(headCount, PAGES, 0)) { // FREEZE1
                return "BUSY";
            }
            Cells.setRelease(tailCount, 1); // FREEZE2
            Cells.setRelease(compound, 0); // FREEZE3
            Cells.setRelease(headCount, 1);
            return "SPLIT";
        }

        String balance() {
            boolean isSplit = Cells.getVolatile(compound) == 0;
            long head = Cells.getVolatile(headCount) - (isSplit ? 1 : PAGES);
            long tail = Cells.getVolatile(tailCount) - (isSplit ? 1 : 0);
            boolean exact = isSplit ? onRun == 0 && head == (onHead ? 1 : 0) && tail == (onTail ? 1 : 0)
                    : head == onRun && tail == 0;
            return exact ? "BALANCED" : "HEAD_" + head + "_TAIL_" + tail;
        }
    }

    /** The protocol as it has to be: the size is asked again once it cannot change any more. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Folio {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = grab(true);
        }

        @Actor
        public void splitter(LLL_Result r) {
            r.r2 = split();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** GRAB4 left out: the size was true when it was read. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, SPLIT, HEAD_2_TAIL_0", expect = ACCEPTABLE_INTERESTING,
            desc = "two references on one page, and none on the other page that was returned")
    @State
    public static class BrokenSizeAskedOnce extends Folio {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = grab(false); // GRAB4 missing
        }

        @Actor
        public void splitter(LLL_Result r) {
            r.r2 = split();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /**
     * The shipping walk over three tails of a folio that is mapped by entries, against an opponent that splits the
     * folio. The entries stay as they are, so that only the second look at the record can tell.
     */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private static final int WANTED = FolioSplit.PAGES - 1;

        private final Machine machine = Machine.claim();
        private final FolioSplit folio;

        public Real() {
            machine.furnishFolio(Machine.BASE, FolioSplit.ORDER);
            folio = new FolioSplit(machine.frameAt(Machine.BASE));
        }

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, Machine.BASE + Machine.PAGE, WANTED); // GRAB1 to GRAB4
        }

        @Actor
        public void splitter(LLL_Result r) {
            r.r2 = folio.split(); // FREEZE1 to FREEZE3
        }

        @Arbiter
        public void settle(LLL_Result r) {
            boolean isSplit = "SPLIT".equals(r.r2);
            int pinned = machine.batch().isHeld() ? machine.batch().size() : 0; // also a part of the range
            int head = Machine.count(folio.pfn(0)) - (isSplit ? 1 : FolioSplit.PAGES + pinned);
            int pins = PageRefs.pinCount(Machine.record(folio.pfn(0))) - (isSplit ? 0 : pinned);
            StringBuilder wrong = new StringBuilder();
            for (int i = 1; i < FolioSplit.PAGES; i++) {
                int left = Machine.count(folio.pfn(i))
                        - (isSplit ? 1 + (i <= pinned ? PageRefs.PIN_BIAS : 0) : 0);
                wrong.append(left == 0 ? "" : "_PAGE" + i + "_" + left);
            }
            r.r3 = head == 0 && pins == 0 && wrong.isEmpty() ? "BALANCED" : "HEAD_" + head + "_PINS_" + pins + wrong;
            if (pinned > 0) {
                Machine.memory().unpinUserPages(machine.batch());
            }
            if (isSplit) {
                folio.join();
            }
            machine.giveBack();
        }
    }
}
