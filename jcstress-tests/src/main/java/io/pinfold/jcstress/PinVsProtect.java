package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.mm.Prot;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.FurnishedPage;
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
 * Race R2: a page is pinned for writing while its entry loses the write permission.
 *
 * <pre>
 *   walker                                        protector (mprotect, page_mkclean)
 *   WALK4 read the entry: writable                PROTECT1 exchange the entry with none
 *   WALK5 add a pin to the count                  PROTECT3 store it again, read-only
 *   WALK7 read the entry again; any bit changed:  CLEAR3 look at the count: may a pin still write to the page?
 *   WALK8 take back exactly what WALK5 added
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of WALK5, WALK7 against PROTECT1, CLEAR3. <b>Must not happen:</b> the walker returns
 * a writable pin that CLEAR3 missed: writeback would write a page out as stable while a device still changes it. The
 * frame is the same before and after, so WALK7 compares the whole entry.
 *
 * <p><b>What this machine can show:</b> a WALK7 that compares too little. Weaker modes it cannot: see
 * {@link PinVsUnmap}.
 */
public class PinVsProtect {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "DENIED, SAW_NOTHING, BALANCED", expect = ACCEPTABLE,
            desc = "the permission was gone before the walker read the entry")
    @Outcome(id = "PINNED, SAW_PIN, BALANCED", expect = ACCEPTABLE,
            desc = "the walker re-checked while the entry was still writable, so the protector saw the pin")
    @Outcome(id = "MISSED, SAW_NOTHING, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the walker came while the entry was out")
    @Outcome(id = "ROLLED_BACK, SAW_(PIN|NOTHING), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the permission went between the walker's two reads of the entry; the pin was undone")
    @Outcome(expect = FORBIDDEN,
            desc = "a writable pin that the protector did not see, or a count that does not add up")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Page extends ModelPage {
        static final long WRITE = 0x2;
        static final long READ_ONLY = 0x70;
        static final long FRAME = ~0xFL;

        Page() {
            super(READ_ONLY | WRITE);
        }

        String pin(long compared) {
            long seen = Cells.getVolatile(entry); // WALK4
            if ((seen & WRITE) == 0) {
                return seen == 0 ? "MISSED" : "DENIED";
            }
            Cells.getAndAdd(count, BIAS); // WALK5: no actor frees the page in this race
            if (((Cells.getVolatile(entry) ^ seen) & compared) != 0) { // WALK7
                Cells.getAndAdd(count, -BIAS); // WALK8
                return "ROLLED_BACK";
            }
            pinned = true;
            return "PINNED";
        }

        String protectAndLook() {
            Cells.getAndSet(entry, 0); // PROTECT1
            Cells.setRelease(entry, READ_ONLY); // PROTECT3
            return Cells.getVolatile(count) >= BIAS ? "SAW_PIN" : "SAW_NOTHING"; // CLEAR3
        }
    }

    /** The protocol as it has to be: every bit of the entry takes part in the re-check. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Page {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(~0L);
        }

        @Actor
        public void protector(LLL_Result r) {
            r.r2 = protectAndLook();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** WALK7 compares frame numbers only: the lost permission is not seen. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, SAW_NOTHING, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the walker took the page for writing after it had become read-only")
    @State
    public static class BrokenFrameNumberOnly extends Page {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = pin(FRAME); // WALK7 too narrow
        }

        @Actor
        public void protector(LLL_Result r) {
            r.r2 = protectAndLook();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** Shipping code on both sides: pin_user_pages_fast for writing against mprotect. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real extends FurnishedPage {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, 1);
        }

        @Actor
        public void protector(LLL_Result r) {
            machine.protect(ADDRESS, 1, Prot.READ); // PROTECT1 PROTECT3
            r.r2 = look(); // CLEAR3
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = unpin("PINNED".equals(r.r1), 0);
            machine.protect(ADDRESS, 1, Prot.READ_WRITE);
            machine.giveBack();
        }
    }

    /**
     * The shipping walk against an opponent that cleans the page for writeback, with nothing between PROTECT3 and
     * CLEAR3.
     */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class RealClean extends MappedPage {
        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, 1);
        }

        @Actor
        public void cleaner(LLL_Result r) {
            opponent.makeClean(); // PROTECT1 PROTECT3
            r.r2 = look(); // CLEAR3
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = end("PINNED".equals(r.r1), 0);
        }
    }
}
