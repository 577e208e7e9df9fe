package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.LookedAtPage;
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
 * Race R18: a page is pinned for reading while it ceases to be exclusive (KSM, swap, migration:
 * page_try_share_anon_rmap()).
 *
 * <pre>
 *   walker, entry not writable                 sharer, under the table's lock
 *   WALK4 read the entry                       SHARE1 take the entry out
 *   WALK5 add a pin                            SHARE2 is the page pinned? put the entry back
 *   WALK7 read the entry again; changed: undo  SHARE3 clear the exclusive flag
 *   PAGE10 read the flag; clear: undo          SHARE4 store the entry again, the very same value
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of WALK5, WALK7 against SHARE1, SHARE2, and message passing from SHARE3 over SHARE4
 * and WALK7 to PAGE10. <b>Must not happen:</b> pinned for reading and shared: the next store of the process goes to a
 * copy, and the device reads old data from then on. The re-check of the entry alone cannot tell, because SHARE4 stores
 * the same value again; so PAGE10 comes after WALK7.
 *
 * <p><b>What this machine can show:</b> steps missing or in the wrong order. The barrier between SHARE3 and SHARE4 it
 * cannot: x86 keeps stores in order.
 */
public class PinVsTryShare {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "PINNED, BUSY, BALANCED", expect = ACCEPTABLE,
            desc = "the sharer found the pin and left the page exclusive")
    @Outcome(id = "UNSHARE, SHARED, BALANCED", expect = ACCEPTABLE,
            desc = "the walker met a shared page: it would be unshared by a fault first")
    @Outcome(id = "MISSED, (SHARED|BUSY), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the walker met the entry while it was out")
    @Outcome(id = "ROLLED_BACK, (SHARED|BUSY), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the entry was out at the walker's second read; the pin was undone")
    @Outcome(id = "UNSHARE, BUSY, BALANCED", expect = FORBIDDEN,
            desc = "a page that stayed exclusive was taken for a shared one")
    @Outcome(expect = FORBIDDEN, desc = "pinned and shared, or a count that does not add up")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Page extends ModelPage {
        static final long READ_ONLY = 0x70;

        final long exclusive = count + Cells.LINE;

        Page() {
            super(READ_ONLY);
            Cells.set(exclusive, 1);
        }

        String pin(boolean flagFirst) {
            if (Cells.getVolatile(entry) == 0) { // WALK4
                return "MISSED";
            }
            Cells.getAndAdd(count, BIAS); // WALK5
            boolean isExclusive = flagFirst && Cells.getVolatile(exclusive) != 0;
            if (Cells.getVolatile(entry) == 0) { // WALK7
                return undo("ROLLED_BACK");
            }
            if (!flagFirst) {
                isExclusive = Cells.getVolatile(exclusive) != 0; // PAGE10
            }
            pinned = isExclusive;
            return pinned ? "PINNED" : undo("UNSHARE");
        }

        private String undo(String why) {
            Cells.getAndAdd(count, -BIAS);
            return why;
        }

        boolean isPinned() {
            return Cells.getVolatile(count) >= BIAS; // SHARE2
        }

        String share(boolean busy) {
            if (!busy) {
                Cells.setVolatile(exclusive, 0); // SHARE3
            }
            Cells.setRelease(entry, READ_ONLY); // SHARE4
            return busy ? "BUSY" : "SHARED";
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Page {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(false);
        }

        @Actor
        public void sharer(LLL_Result r) {
            Cells.getAndSet(entry, 0); // SHARE1
            r.r2 = share(isPinned()); // SHARE2 to SHARE4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** PAGE10 before WALK7: the flag is old, and the entry is the same again. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, SHARED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the walker saw the flag of before and the entry of after")
    @State
    public static class BrokenFlagFirst extends Page {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(true); // PAGE10 too early
        }

        @Actor
        public void sharer(LLL_Result r) {
            Cells.getAndSet(entry, 0); // SHARE1
            r.r2 = share(isPinned()); // SHARE2 to SHARE4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** SHARE2 before SHARE1: the pin comes in between. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, SHARED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the sharer acted on a count it no longer had")
    @State
    public static class BrokenLookFirst extends Page {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(false);
        }

        @Actor
        public void sharer(LLL_Result r) {
            boolean busy = isPinned(); // SHARE2 too early
            Cells.getAndSet(entry, 0); // SHARE1
            r.r2 = share(busy);
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** The shipping walk, pinning for reading, against an opponent that ends exclusivity. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real extends LookedAtPage {
        public Real() {
            looker.makeReadOnly();
        }

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pinToRead(machine, ADDRESS, 1); // WALK4 to PAGE10
        }

        @Actor
        public void sharer(LLL_Result r) {
            r.r2 = looker.tryShare(); // SHARE1 to SHARE4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = end("PINNED".equals(r.r1));
        }
    }
}
