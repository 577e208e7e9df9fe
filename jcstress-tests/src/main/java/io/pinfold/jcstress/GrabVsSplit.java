package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.foll.FollBits;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.SplitFolio;
import io.pinfold.jcstress.support.Walker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Races R9 and R12: a walker grabs a page that is a tail of a large folio while the folio is split.
 *
 * <pre>
 *   grabber                                      splitter
 *   GRAB1 ask the page for its head              FREEZE1 freeze the head's count, which has to be exact
 *   GRAB3 add a reference to the head, unless 0  FREEZE2 rewrite the tails: no head any more, a count of their own
 *   GRAB4 ask the page again; another head:      FREEZE3 unfreeze the head
 *         take the reference off the head of GRAB1, and start again
 * </pre>
 *
 * <p><b>Shape:</b> two read-modify-writes of one word, and message passing from FREEZE2 over FREEZE3 and GRAB3 to
 * GRAB4. <b>Must not happen:</b> the reference is on the old head when the page has a count of its own (R9). The page
 * is then freed while the walker has it, and the re-check of the entry cannot tell, because the entry still maps this
 * page. Nor may the undo take the reference off the head that the page has by then (R12, seed bug B2).
 *
 * <p><b>What this machine can show:</b> everything here; no weaker mode is involved.
 */
public class GrabVsSplit {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "ON_HEAD, BUSY, BALANCED", expect = ACCEPTABLE,
            desc = "the grab came first and the splitter found one reference too many")
    @Outcome(id = "ON_PAGE, SPLIT, BALANCED", expect = ACCEPTABLE,
            desc = "the split came first, so the reference is on the page itself")
    @Outcome(id = "REFUSED, SPLIT, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the grabber came while the head was frozen and took nothing")
    @Outcome(id = "MOVED, (SPLIT|BUSY), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the split fell between GRAB1 and GRAB4; the grabber went on from the head to the page")
    @Outcome(expect = FORBIDDEN, desc = "a reference on the wrong page, or a count that does not add up")
    interface Outcomes {
    }

    /** A head and one tail, and the steps that no variant changes. */
    abstract static class Folio {
        static final long HEAD = 1;

        final long compound = Cells.claim();
        final long pageCount = compound + Cells.LINE;
        final long headCount = pageCount + Cells.LINE;
        /** Which count the grabber's reference is on; 0 for none. */
        long held;

        Folio() {
            Cells.set(compound, HEAD);
            Cells.set(headCount, 1);
        }

        private long countOf(long word) {
            return word == HEAD ? headCount : pageCount;
        }

        String grab(boolean asksAgain) {
            boolean moved = false;
            while (true) {
                long word = Cells.getVolatile(compound); // GRAB1
                if (!Cells.addUnlessZero(countOf(word), 1)) { // GRAB3
                    return "REFUSED";
                }
                if (!asksAgain || Cells.getVolatile(compound) == word) { // GRAB4
                    held = countOf(word);
                    return moved ? "MOVED" : word == HEAD ? "ON_HEAD" : "ON_PAGE";
                }
                Cells.getAndAdd(countOf(word), -1); // GRAB4
                moved = true;
            }
        }

        /** The entry's re-check fails, and the head is derived once more from the page: the wrong way to roll back. */
        void undoByPage() {
            Cells.getAndAdd(countOf(Cells.getVolatile(compound)), -1);
            held = 0;
        }

        String split() {
            if (!Cells.compareAndSet(headCount, 1, 0)) { // FREEZE1
                return "BUSY";
            }
            Cells.setRelease(compound, 0); // FREEZE2
            Cells.setRelease(pageCount, 1);
            Cells.setRelease(headCount, 1); // FREEZE3
            return "SPLIT";
        }

        String balance() {
            boolean whole = Cells.getVolatile(compound) == HEAD;
            long onHead = Cells.getVolatile(headCount) - 1;
            long onPage = Cells.getVolatile(pageCount) - (whole ? 0 : 1);
            long expected = held == 0 ? 0 : 1;
            return onHead == (whole ? expected : 0) && onPage == (whole ? 0 : expected) ? "BALANCED"
                    : "HEAD_" + onHead + "_PAGE_" + onPage;
        }
    }

    /** The protocol as it has to be: the page is asked again once its folio cannot change any more. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Folio {
        @Actor
        public void grabber(LLL_Result r) {
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

    /** GRAB4 left out, as in the seeds: the reference stays on a head that is no longer this page's. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "ON_HEAD, SPLIT, HEAD_1_PAGE_0", expect = ACCEPTABLE_INTERESTING,
            desc = "the walker holds the old head, and not the page it returns")
    @State
    public static class BrokenHeadAskedOnce extends Folio {
        @Actor
        public void grabber(LLL_Result r) {
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

    /** The roll-back asks the page for its head instead of remembering what was added. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "ON_HEAD, SPLIT, BALANCED", expect = ACCEPTABLE,
            desc = "grab and roll-back were over before the split")
    @Outcome(id = "ON_HEAD, SPLIT, HEAD_1_PAGE_-1", expect = ACCEPTABLE_INTERESTING,
            desc = "added to the head, taken off the page: one is leaked, the other freed under its owner")
    @State
    public static class BrokenUndoByPage extends Folio {
        @Actor
        public void grabber(LLL_Result r) {
            r.r1 = grab(false);
            if (held != 0) {
                undoByPage(); // not what GRAB3 added
            }
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

    /** The library's grab, with a pin, of a tail of four pages against an opponent that splits the folio. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private final Machine machine = Machine.claim();
        private final SplitFolio folio = new SplitFolio(machine);
        private long token;

        @Actor
        public void grabber(LLL_Result r) {
            token = Walker.grab(machine, folio.page(), FollBits.FOLL_PIN); // GRAB1 to GRAB4
            r.r1 = folio.placeOf(token);
        }

        @Actor
        public void splitter(LLL_Result r) {
            r.r2 = folio.split(); // FREEZE1 to FREEZE3
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = folio.end(token, "SPLIT".equals(r.r2));
        }
    }
}
