package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.mm.Prot;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.FurnishedPage;
import io.pinfold.jcstress.support.ModelSlot;
import io.pinfold.jcstress.support.QuietWord;
import io.pinfold.jcstress.support.UnmappedFolio;
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
 * A processor stores through an entry while the permission, or the page, is taken away. All other races rest on this
 * one: after the flush no processor uses the old entry.
 *
 * <pre>
 *   cpu, four times                            mutator
 *   CPU1 enter the slot with the epoch         FLUSH1 exchange the entry
 *   CPU2 load the entry; no permission: fault  FLUSH2 advance the epoch
 *   CPU4 store to the frame                    FLUSH3 wait until no slot holds an epoch up to the old one
 *   CPU5 leave the slot                        FLUSH4 the page is read-only now, or another's
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of CPU1, CPU2 against FLUSH1, FLUSH3. <b>Must not happen:</b> a store after FLUSH4:
 * fork, writeback and copy-on-write would copy a page that still changes, and munmap would hand out a frame that is
 * still written.
 *
 * <p><b>What this machine can show:</b> a missing FLUSH3, and CPU1 as a release store.
 */
public class StoreVsProtect {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "WROTE_NONE, TAKEN, QUIET", expect = ACCEPTABLE,
            desc = "the permission was gone before the first store")
    @Outcome(id = "WROTE_ALL, TAKEN, QUIET", expect = ACCEPTABLE,
            desc = "all stores were over before it went, or before FLUSH4")
    @Outcome(id = "WROTE_SOME, TAKEN, QUIET", expect = ACCEPTABLE,
            desc = "[overlap] the permission went between two stores")
    @Outcome(expect = FORBIDDEN, desc = "a store after the flush")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Page {
        static final int STORES = 4;

        final ModelSlot slot = new ModelSlot();
        final long entry = Cells.claim();
        final long frame = entry + Cells.LINE;
        long seen;

        Page() {
            Cells.set(entry, 1);
        }

        String store(boolean fenced) {
            int stores = 0;
            while (stores < STORES && storeOnce(fenced, stores + 1)) {
                stores++;
            }
            return stores == 0 ? "WROTE_NONE" : stores == STORES ? "WROTE_ALL" : "WROTE_SOME";
        }

        private boolean storeOnce(boolean fenced, long value) {
            slot.enter(fenced); // CPU1
            boolean permitted = Cells.getVolatile(entry) != 0; // CPU2
            if (permitted) {
                Cells.setRelease(frame, value); // CPU4
            }
            slot.leave(); // CPU5
            return permitted;
        }

        String take(boolean flush) {
            Cells.getAndSet(entry, 0); // FLUSH1
            if (flush) {
                slot.awaitPassed(slot.advance()); // FLUSH2 FLUSH3
            }
            seen = Cells.getVolatile(frame); // FLUSH4
            return "TAKEN";
        }

        String balance() {
            return Cells.getVolatile(frame) == seen ? "QUIET" : "WRITTEN_LATE";
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Page {
        @Actor
        public void cpu(LLL_Result r) {
            r.r1 = store(true);
        }

        @Actor
        public void mutator(LLL_Result r) {
            r.r2 = take(true);
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** FLUSH2 and FLUSH3 left out: the entry is gone, and a store through it is still to come. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "WROTE_(SOME|ALL), TAKEN, WRITTEN_LATE", expect = ACCEPTABLE_INTERESTING,
            desc = "a store after the mutator took the page")
    @State
    public static class BrokenNoFlush extends Page {
        @Actor
        public void cpu(LLL_Result r) {
            r.r1 = store(true);
        }

        @Actor
        public void mutator(LLL_Result r) {
            r.r2 = take(false); // FLUSH3 missing
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** CPU1 weakened to a release store: the mutator finds the slot empty. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "WROTE_(SOME|ALL), TAKEN, WRITTEN_LATE", expect = ACCEPTABLE_INTERESTING,
            desc = "store buffering: the slot was not seen, and the old entry was")
    @State
    public static class BrokenSlotWithoutFence extends Page {
        @Actor
        public void cpu(LLL_Result r) {
            r.r1 = store(false); // CPU1 too weak
        }

        @Actor
        public void mutator(LLL_Result r) {
            r.r2 = take(true);
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** Shipping code on both sides: stores of a {@code Cpu} against mprotect, which takes the write permission away. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real extends FurnishedPage {
        private final QuietWord word = QuietWord.zeroed(pfn);

        @Actor
        public void cpu(LLL_Result r) {
            r.r1 = Writer.store(machine, ADDRESS); // CPU1 to CPU5
        }

        @Actor
        public void mutator(LLL_Result r) {
            machine.protect(ADDRESS, 1, Prot.READ); // FLUSH1 to FLUSH4
            r.r2 = word.take(pfn);
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = word.end();
            machine.protect(ADDRESS, 1, Prot.READ_WRITE);
            machine.fault(ADDRESS, 1);
            machine.giveBack();
        }
    }

    /** Shipping code on both sides: stores of a {@code Cpu} against munmap, and the next owner of the frame. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class RealUnmap extends UnmappedFolio {
        private final QuietWord word = new QuietWord();

        @Actor
        public void cpu(LLL_Result r) {
            Walker.comeLate();
            r.r1 = Writer.store(machine, ADDRESS); // CPU1 to CPU5
        }

        @Actor
        public void mutator(LLL_Result r) {
            String _ = unmapAndReuse(); // FLUSH1 to FLUSH4
            r.r2 = word.take(next.allocated());
        }

        @Arbiter
        public void settle(LLL_Result r) {
            String quiet = word.end();
            String balance = end(false);
            r.r3 = "BALANCED".equals(balance) ? quiet : balance;
        }
    }
}
