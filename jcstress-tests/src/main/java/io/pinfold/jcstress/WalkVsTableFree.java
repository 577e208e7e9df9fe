package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.RetiredTable;
import io.pinfold.jcstress.support.Walker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Race R6: a page table is freed while a walker is in it.
 *
 * <pre>
 *   walker                                       reclaimer
 *   SLOT2 load the epoch                         RETIRE1 unlink the table: exchange the entry above it
 *   SLOT3 slot: compareAndSet idle to the epoch  RETIRE2 E = epoch++ (read-modify-write)
 *   WALK3 load the entry above                   RETIRE3 scan the slots
 *   WALK4 load entries of the table              RETIRE4 no slot holds 1..E: free the table, and poison it
 *   SLOT5 slot: idle, release store
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of SLOT3, WALK3 against RETIRE1, RETIRE3. <b>Must not happen:</b> RETIRE3 misses the
 * walker and WALK3 sees the table still linked; WALK4 then reads a table that is somebody else's.
 *
 * <p><b>What this machine can show:</b> a slot that is published by a mere store, and a table freed without looking at the
 * slots. Acquire instead of volatile loads in WALK3 it cannot: on x86 they are the same instruction.
 */
public class WalkVsTableFree {
    /** What the model may do; everything else is forbidden. */
    @Outcome(id = "NO_TABLE, FREED, POISONED", expect = ACCEPTABLE,
            desc = "the table was unlinked before the walker looked, and nobody was inside when it was freed")
    @Outcome(id = "FOUND, FREED, POISONED", expect = ACCEPTABLE,
            desc = "the walker was gone before the table was unlinked")
    @Outcome(id = "(NO_TABLE|FOUND), DEFERRED, POISONED", expect = ACCEPTABLE,
            desc = "[overlap] the reclaimer saw the walker inside and left the table for later")
    @Outcome(expect = FORBIDDEN, desc = "the walker read a freed table, or the table was never freed")
    interface ModelOutcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Tables {
        static final int ENTRIES = 4;
        static final long IDLE = 0;
        static final long TABLE = 0x1000;
        static final long ENTRY = 0x77;
        static final long POISON = -1;

        final long slot = Cells.claim();
        final long upper = slot + Cells.LINE;
        final long lower = upper + Cells.LINE;
        final long epoch = lower + Cells.LINE;
        boolean deferred;

        Tables() {
            Cells.set(upper, TABLE);
            Cells.set(lower, ENTRY);
            Cells.set(epoch, 1);
        }

        String walk() {
            String found = "NO_TABLE";
            if (Cells.getVolatile(upper) != 0) { // WALK3
                found = "FOUND";
                for (int entry = 0; entry < ENTRIES; entry++) {
                    if (Cells.getVolatile(lower) == POISON) { // WALK4
                        found = "READ_FREED";
                    }
                    Thread.onSpinWait(); // a grab takes about as long
                }
            }
            Cells.setRelease(slot, IDLE); // SLOT5
            return found;
        }

        String freeOrDefer() {
            long last = Cells.getAndAdd(epoch, 1); // RETIRE2: also the fence between unlink and scan
            long seen = Cells.getVolatile(slot); // RETIRE3
            if (seen != IDLE && seen <= last) {
                deferred = true;
                return "DEFERRED";
            }
            return free();
        }

        String free() {
            Cells.setVolatile(lower, POISON); // RETIRE4
            return "FREED";
        }

        String balance() {
            if (deferred) { // Everybody has left by now, so a second look must succeed.
                freeOrDefer();
            }
            return Cells.getVolatile(lower) == POISON ? "POISONED" : "LEAKED";
        }
    }

    /** The protocol as it has to be: the slot is published by a locked instruction before the first load. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @State
    public static class Model extends Tables {
        @Actor
        public void walker(LLL_Result r) {
            Cells.compareAndSet(slot, IDLE, Cells.getVolatile(epoch)); // SLOT2 SLOT3
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

    /** SLOT3 as a release store: the slot waits in the store buffer while the walk is under way. Fires on x86. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @Outcome(id = "READ_FREED, FREED, POISONED", expect = ACCEPTABLE_INTERESTING,
            desc = "store buffering: the scan found the slot idle and the walker found the table still linked")
    @State
    public static class BrokenSlotWithoutFence extends Tables {
        @Actor
        public void walker(LLL_Result r) {
            Cells.setRelease(upper + Long.BYTES, 1); // a store of before: stores leave in order, so the slot's waits for it
            Cells.setRelease(slot, Cells.getVolatile(epoch)); // SLOT3 too weak
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

    /** RETIRE2 and RETIRE3 left out: the table is freed without asking who walks. Fires on x86. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @Outcome(id = "READ_FREED, FREED, POISONED", expect = ACCEPTABLE_INTERESTING,
            desc = "the table was freed between the walker's two loads")
    @State
    public static class BrokenFreedAtOnce extends Tables {
        @Actor
        public void walker(LLL_Result r) {
            Cells.compareAndSet(slot, IDLE, Cells.getVolatile(epoch)); // SLOT2 SLOT3
            r.r1 = walk();
        }

        @Actor
        public void reclaimer(LLL_Result r) {
            Cells.getAndSet(upper, 0); // RETIRE1
            r.r2 = free(); // RETIRE2 RETIRE3 missing
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** What the shipping code may do when the reclaimer is munmap; everything else is forbidden, an exception first. */
    @Outcome(id = "MISSED, FREED, FREED_1", expect = ACCEPTABLE,
            desc = "the tables were unlinked before the walker looked, and nobody was inside when they were freed")
    @Outcome(id = "FOUND, FREED, FREED_1", expect = ACCEPTABLE,
            desc = "the walker was gone before the tables were unlinked")
    @Outcome(id = "(ROLLED_BACK|REFUSED), FREED, FREED_1", expect = ACCEPTABLE,
            desc = "[overlap] a page went away under the walker, which had left when the tables were freed")
    @Outcome(id = "(MISSED|FOUND|ROLLED_BACK|REFUSED), DEFERRED, FREED_1", expect = ACCEPTABLE,
            desc = "[overlap] the reclaimer saw the walker inside and left the tables for later")
    @Outcome(expect = FORBIDDEN, desc = "the walker read a freed table, or the table was freed never or twice")
    interface RealOutcomes {
    }

    /** Shipping code on both sides: get_user_pages_fast over a whole page table against the munmap that frees it. */
    @JCStressTest
    @JCStressMeta(RealOutcomes.class)
    @State
    public static class Real {
        private static final long ADDRESS = Machine.BASE;
        private static final int PAGES = Geometry.ENTRIES;
        /** Keeps the upper tables: building them would take most of the time. */
        private static final long NEIGHBOUR = ADDRESS + 2L * PAGES * Machine.PAGE;

        private final Machine machine = Machine.claim();
        private final RetiredTable table;

        public Real() {
            machine.furnish(NEIGHBOUR, 1);
            machine.map(ADDRESS, PAGES);
            table = new RetiredTable(machine.tableAt(ADDRESS, Geometry.PTE));
        }

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.get(machine, ADDRESS, PAGES); // SLOT2 to SLOT5
        }

        @Actor
        public void reclaimer(LLL_Result r) {
            machine.unmap(ADDRESS, PAGES); // RETIRE1 RETIRE2
            r.r2 = table.freeOrDefer(); // RETIRE3 RETIRE4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            if (machine.batch().isHeld()) { // also a part of the range
                Machine.memory().putPages(machine.gets());
            }
            r.r3 = table.settle(); // everybody has left by now
            machine.giveBack();
        }
    }

    /** What the shipping slots and retired tables may do for a slow walker; everything else is forbidden. */
    @Outcome(id = "NO_TABLE, FREED, FREED_1", expect = ACCEPTABLE,
            desc = "the table was unlinked before the walker looked, and nobody was inside when it was freed")
    @Outcome(id = "FOUND, FREED, FREED_1", expect = ACCEPTABLE,
            desc = "the walker was gone before the table was unlinked")
    @Outcome(id = "(NO_TABLE|FOUND), DEFERRED, FREED_1", expect = ACCEPTABLE,
            desc = "[overlap] the reclaimer saw the walker inside and left the table for later")
    @Outcome(expect = FORBIDDEN, desc = "the walker read a freed table, or the table was freed never or twice")
    interface SlotOutcomes {
    }

    /**
     * The library's walker slots, epochs and retired tables against a walker that dawdles: it stays in the table long
     * enough for every order of unlink, scan and free, where munmap takes so long that a quick walk is mostly gone.
     */
    @JCStressTest
    @JCStressMeta(SlotOutcomes.class)
    @State
    public static class RealSlots {
        private static final long ADDRESS = Machine.BASE;

        private final Machine machine = Machine.claim();
        private final long upper = machine.scratch();
        private final long table = machine.allocateTable(Geometry.PTE, ADDRESS);
        private final RetiredTable retired = new RetiredTable(table);

        public RealSlots() {
            Entries.store(upper, Entry.makeTable(table));
        }

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.dawdle(upper); // SLOT2 to SLOT5
        }

        @Actor
        public void reclaimer(LLL_Result r) {
            Entries.exchange(upper, Entry.NONE); // RETIRE1
            retired.retire(); // RETIRE2
            r.r2 = retired.freeOrDefer(); // RETIRE3 RETIRE4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = retired.settle(); // everybody has left by now
            machine.giveBack();
        }
    }
}
