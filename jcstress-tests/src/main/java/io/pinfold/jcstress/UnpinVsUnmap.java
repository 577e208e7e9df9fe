package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Race R27: the last two references of a page go at the same time, on two threads.
 *
 * <pre>
 *   holder of a pin                          unmapper
 *   UNPIN1 count the pin as released         UNMAP1 take the entry out
 *   UNPIN2 drop the pin; the last one: free  UNMAP3 drop the mapping's reference; the last one: free
 *          (nothing of the page is read after UNPIN2)
 * </pre>
 *
 * <p><b>Shape:</b> two read-modify-writes of one word, and what each of them may touch afterwards. <b>Must not
 * happen:</b> freed twice, or never; or the holder looks at the page after UNPIN2, when it has another owner (seed bug
 * B8 read its node for a counter).
 *
 * <p><b>What this machine can show:</b> everything here. That the shipping release counts before it drops does not show
 * in an outcome; {@code PageBatchTest} tests it.
 */
public class UnpinVsUnmap {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "FREED, KEPT, BALANCED", expect = ACCEPTABLE, desc = "the mapping went first, the pin last")
    @Outcome(id = "KEPT, FREED, BALANCED", expect = ACCEPTABLE, desc = "the pin went first, the mapping last")
    @Outcome(id = "FREED, FREED, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the page was freed, once, before either looked")
    @Outcome(expect = FORBIDDEN, desc = "freed twice or never, or read after it was freed")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Page {
        static final long BIAS = 1024;
        static final long NODE = 3;
        static final long NEXT_OWNERS = 7;

        final long count = Cells.claim();
        final long frees = count + Cells.LINE;
        final long node = frees + Cells.LINE;
        boolean readFreed;

        Page() {
            Cells.set(count, 1 + BIAS);
            Cells.set(node, NODE);
        }

        String drop(long references) {
            return Cells.getAndAdd(count, -references) == references ? free() : "KEPT"; // UNPIN2 UNMAP3
        }

        String dropAndLook(long references) {
            Cells.getAndAdd(count, -references);
            return Cells.getVolatile(count) == 0 ? free() : "KEPT";
        }

        private String free() {
            Cells.getAndAdd(frees, 1);
            Cells.setRelease(node, NEXT_OWNERS);
            return "FREED";
        }

        void countReleased() {
            readFreed |= Cells.getVolatile(node) != NODE; // UNPIN1: on the counter of the page's node
        }

        String balance() {
            long times = Cells.getVolatile(frees);
            return readFreed ? "READ_FREED" : times == 1 ? "BALANCED" : "FREED_" + times;
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Page {
        @Actor
        public void holder(LLL_Result r) {
            countReleased(); // UNPIN1
            r.r1 = drop(Page.BIAS); // UNPIN2
        }

        @Actor
        public void unmapper(LLL_Result r) {
            r.r2 = drop(1); // UNMAP3
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** The count is read again after the drop instead of what the drop found. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "FREED, FREED, FREED_2", expect = ACCEPTABLE_INTERESTING,
            desc = "both found the count at zero")
    @State
    public static class BrokenLookAfterDrop extends Page {
        @Actor
        public void holder(LLL_Result r) {
            countReleased(); // UNPIN1
            r.r1 = dropAndLook(Page.BIAS);
        }

        @Actor
        public void unmapper(LLL_Result r) {
            r.r2 = dropAndLook(1);
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** UNPIN1 after UNPIN2: the node of a page that the unmapper has freed meanwhile. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "KEPT, FREED, READ_FREED", expect = ACCEPTABLE_INTERESTING,
            desc = "the counter of another node goes up")
    @State
    public static class BrokenCountedLate extends Page {
        @Actor
        public void holder(LLL_Result r) {
            r.r1 = drop(Page.BIAS); // UNPIN2
            if ("KEPT".equals(r.r1)) {
                countReleased(); // UNPIN1 too late
            }
        }

        @Actor
        public void unmapper(LLL_Result r) {
            r.r2 = drop(1); // UNMAP3
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** Shipping code on both sides: unpin_user_pages on one thread against munmap on another. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private static final long ADDRESS = Machine.BASE;
        /** Keeps the tables: this race is about the page. It lies apart, so that the two are not one mapping. */
        private static final long NEIGHBOUR = ADDRESS + 2 * Machine.PAGE;
        /** Looks at the entry before the holder goes on without a change of it. */
        private static final int PATIENCE = 64;

        private final Machine machine = Machine.claim();
        private final long pfn;
        private final int born;
        private final long entry;

        public Real() {
            machine.furnish(NEIGHBOUR, 1);
            machine.map(ADDRESS, 1);
            pfn = machine.frameAt(ADDRESS);
            entry = machine.entryAddress(ADDRESS, Geometry.PTE);
            born = Machine.generation(pfn);
            machine.pin(ADDRESS, 1, FollBits.FOLL_WRITE);
        }

        @Actor
        public void holder(LLL_Result r) {
            // An unpin is short and a munmap is long. Without the wait the unpin ends before munmap drops a reference.
            for (int i = 0; i < PATIENCE && Entries.load(entry) != Entry.NONE; i++) {
                Thread.onSpinWait();
            }
            Machine.memory().unpinUserPages(machine.batch()); // UNPIN1 UNPIN2
            r.r1 = Machine.generation(pfn) == born ? "KEPT" : "FREED";
        }

        @Actor
        public void unmapper(LLL_Result r) {
            machine.unmap(ADDRESS, 1); // UNMAP1 UNMAP3
            r.r2 = Machine.generation(pfn) == born ? "KEPT" : "FREED";
        }

        @Arbiter
        public void settle(LLL_Result r) {
            // The allocator refuses a second free. The frame is free since, so other states may have had it meanwhile.
            r.r3 = Machine.generation(pfn) == born ? "LEAKED" : "BALANCED";
            machine.giveBack();
        }
    }
}
