package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.LinkedTable;
import io.pinfold.jcstress.support.ModelSlot;
import io.pinfold.jcstress.support.UnmappedTable;
import io.pinfold.jcstress.support.Walker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Race R6: a page table is freed while a walker is in it. The slot is the locked one; {@link SlotVsScan} has another.
 *
 * <pre>
 *   walker                                       reclaimer
 *   SLOT2 load the epoch                         RETIRE1 unlink the table: exchange the entry above it
 *   SLOT3 slot: epoch, by a locked instruction   RETIRE2 E = epoch++ (read-modify-write)
 *   SLOT5 load the entry above, and entries of   RETIRE4 scan the slots
 *         the table (WALK3, WALK4)               RETIRE5 no slot holds 1..E: free the table, and poison it
 *   SLOT6 slot: idle, release store
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of SLOT3, WALK3 against RETIRE1, RETIRE4. <b>Must not happen:</b> RETIRE4 misses the
 * walker and WALK3 sees the table still linked; WALK4 then reads a table that has another use.
 *
 * <p><b>What this machine can show:</b> a slot that is published by a release store, and a table freed without a look
 * at the slots. Acquire instead of volatile loads in WALK3 it cannot: on x86 they are the same instruction.
 */
public class WalkVsTableFree {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "MISSED, FREED, FREED_1", expect = ACCEPTABLE,
            desc = "the table was unlinked before the walker looked, and no walker was inside when it was freed")
    @Outcome(id = "FOUND, FREED, FREED_1", expect = ACCEPTABLE,
            desc = "the walker was gone before the table was unlinked")
    @Outcome(id = "(MISSED|FOUND), DEFERRED, FREED_1", expect = ACCEPTABLE,
            desc = "[overlap] the reclaimer saw the walker inside and left the table for later")
    @Outcome(expect = FORBIDDEN, desc = "the walker read a freed table, or the table was freed never or twice")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Tables {
        static final int ENTRIES = 4;
        static final long TABLE = 0x1000;
        static final long ENTRY = 0x77;
        static final long POISON = -1;

        final ModelSlot slot = new ModelSlot();
        final long upper = Cells.claim();
        final long lower = upper + Cells.LINE;

        Tables() {
            Cells.set(upper, TABLE);
            Cells.set(lower, ENTRY);
        }

        String walk() {
            long table = Cells.getVolatile(upper); // WALK3
            boolean freed = false;
            for (int entry = 0; table != 0 && entry < ENTRIES; entry++) {
                freed |= Cells.getVolatile(lower) == POISON; // WALK4
                Thread.onSpinWait(); // a grab takes about as long
            }
            slot.leave(); // SLOT6
            return table == 0 ? "MISSED" : freed ? "READ_FREED" : "FOUND";
        }

        String freeOrDefer() {
            long last = slot.advance(); // RETIRE2: also the fence between unlink and scan
            return slot.isInside(last) ? "DEFERRED" : free(); // RETIRE4
        }

        String free() {
            Cells.setVolatile(lower, POISON); // RETIRE5
            return "FREED";
        }

        String balance() {
            if (Cells.getVolatile(lower) != POISON) { // The walker has left by now, so a second look must succeed.
                String _ = freeOrDefer();
            }
            return Cells.getVolatile(lower) == POISON ? "FREED_1" : "FREED_0";
        }
    }

    /** The protocol as it has to be: the slot is published by a locked instruction before the first load. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Tables {
        @Actor
        public void walker(LLL_Result r) {
            slot.enter(true); // SLOT2 SLOT3
            r.r1 = walk();
        }

        @Actor
        public void reclaimer(LLL_Result r) {
            Cells.getAndSet(upper, 0); // RETIRE1
            r.r2 = freeOrDefer();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** SLOT3 as a release store: the slot waits in the store buffer during the walk. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "READ_FREED, FREED, FREED_1", expect = ACCEPTABLE_INTERESTING,
            desc = "store buffering: the scan found the slot idle and the walker found the table still linked")
    @State
    public static class BrokenSlotWithoutFence extends Tables {
        @Actor
        public void walker(LLL_Result r) {
            Cells.setRelease(upper + Long.BYTES, 1); // stores leave in order, so that of the slot waits for this one
            slot.enter(false); // SLOT3 too weak
            r.r1 = walk();
        }

        @Actor
        public void reclaimer(LLL_Result r) {
            Cells.getAndSet(upper, 0); // RETIRE1
            r.r2 = freeOrDefer();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** RETIRE2 and RETIRE4 left out: the table is freed without a look at the slot. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "READ_FREED, FREED, FREED_1", expect = ACCEPTABLE_INTERESTING,
            desc = "the table was freed between the walker's two loads")
    @State
    public static class BrokenFreedAtOnce extends Tables {
        @Actor
        public void walker(LLL_Result r) {
            slot.enter(true); // SLOT2 SLOT3
            r.r1 = walk();
        }

        @Actor
        public void reclaimer(LLL_Result r) {
            Cells.getAndSet(upper, 0); // RETIRE1
            r.r2 = free(); // RETIRE2 RETIRE4 missing
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** Shipping code on both sides: get_user_pages_fast over a whole page table against the munmap that frees it. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "(ROLLED_BACK|REFUSED), (FREED|DEFERRED), FREED_1", expect = ACCEPTABLE,
            desc = "[overlap] a page went away under the walker, which had left when the tables were freed")
    @State
    public static class Real {
        private final UnmappedTable table = new UnmappedTable();

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = table.walk(); // SLOT2 to SLOT6
        }

        @Actor
        public void reclaimer(LLL_Result r) {
            r.r2 = table.unmap(); // RETIRE1 to RETIRE5
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = table.end();
        }
    }

    /**
     * The library's walker slots, epochs and retired tables against a walker that stays in the table long enough for
     * every order of unlink, scan and free. A quick walk is mostly over before munmap has got to the table.
     */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class RealSlots {
        private final LinkedTable table = new LinkedTable();

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.stay(table.upper()); // SLOT2 to SLOT6
        }

        @Actor
        public void reclaimer(LLL_Result r) {
            r.r2 = table.unlink(); // RETIRE1 to RETIRE5
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = table.end();
        }
    }
}
