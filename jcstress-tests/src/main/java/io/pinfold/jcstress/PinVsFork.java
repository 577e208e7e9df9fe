package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.jcstress.support.Balance;
import io.pinfold.jcstress.support.Cells;
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
 * Race R4: a page is pinned while fork makes it shared.
 *
 * <pre>
 *   walker                                        fork
 *   CALL3 set HAS_PINNED                          FORK1 make the sequence odd
 *   WALK2 read the sequence; odd: obtain nothing  FORK2 HAS_PINNED, and the count says pinned? copy for the child now
 *   WALK4 read the entry: writable                FORK3 else write-protect the entry, share the page
 *   WALK5 add a pin to the count                  FORK4 make the sequence even
 *   WALK7 read the entry again
 *   WALK9 read the sequence again; changed: undo
 * </pre>
 *
 * <p><b>Shape:</b> store buffering, twice: WALK5, WALK9 against FORK1, FORK2, and the store of HAS_PINNED, WALK9
 * against FORK1, the load of HAS_PINNED. <b>Must not happen:</b> the page is pinned and shared. The parent's next store
 * would then get a copy, and the device would go on with a page that the parent no longer reads. WALK7 alone does not
 * help: all of WALK4 to WALK7 fits between FORK2 and FORK3.
 *
 * <p><b>What this machine can show:</b> a missing or late step. Weaker modes it cannot: see {@link PinVsUnmap}.
 */
public class PinVsFork {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "PINNED, COPIED, BALANCED", expect = ACCEPTABLE,
            desc = "the pin was there before fork looked, so the child got a copy")
    @Outcome(id = "DENIED, SHARED, BALANCED", expect = ACCEPTABLE,
            desc = "fork was over: the walker may not write to a shared page")
    @Outcome(id = "HELD_OFF, SHARED, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the walker met an odd sequence and obtained nothing")
    @Outcome(id = "MISSED, SHARED, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the walker met the entry while it was out")
    @Outcome(id = "ROLLED_BACK, (SHARED|COPIED), BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] entry or sequence changed under the walker; the pin was undone")
    @Outcome(expect = FORBIDDEN, desc = "pinned and shared, or a count that does not add up")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Forked extends ModelPage {
        static final long WRITE = 0x2;
        static final long READ_ONLY = 0x70;

        final long sequence = count + Cells.LINE;
        final long hasPinned = sequence + Cells.LINE;
        boolean shared;

        Forked() {
            super(READ_ONLY | WRITE);
        }

        /** WALK4 to WALK7: PINNED, or why not. */
        String pin() {
            long seen = Cells.getVolatile(entry); // WALK4
            if ((seen & WRITE) == 0) {
                return seen == 0 ? "MISSED" : "DENIED";
            }
            Cells.getAndAdd(count, BIAS); // WALK5: no actor frees the page in this race
            if (Cells.getVolatile(entry) != seen) { // WALK7
                return undo();
            }
            pinned = true;
            return "PINNED";
        }

        /** WALK2 to WALK9. */
        String pinUnlessForked() {
            long before = Cells.getVolatile(sequence); // WALK2
            if ((before & 1) != 0) {
                return "HELD_OFF";
            }
            String end = pin();
            return pinned && Cells.getVolatile(sequence) != before ? undo() : end; // WALK9
        }

        private String undo() {
            pinned = false;
            Cells.getAndAdd(count, -BIAS);
            return "ROLLED_BACK";
        }

        String fork() {
            Cells.getAndAdd(sequence, 1); // FORK1
            if (Cells.getVolatile(hasPinned) == 0 || Cells.getVolatile(count) < BIAS) { // FORK2
                Cells.getAndSet(entry, 0); // FORK3
                Cells.setRelease(entry, READ_ONLY);
                Cells.getAndAdd(count, 1);
                shared = true;
            }
            Cells.setRelease(sequence, 2); // FORK4
            return shared ? "SHARED" : "COPIED";
        }

        @Override
        protected String balance() {
            return Balance.of(Cells.getVolatile(count) - 1 - (pinned ? BIAS : 0) - (shared ? 1 : 0));
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Forked {
        @Actor
        public void walker(LLL_Result r) {
            Cells.setVolatile(hasPinned, 1); // CALL3
            r.r1 = pinUnlessForked();
        }

        @Actor
        public void forker(LLL_Result r) {
            r.r2 = fork();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** WALK9 and the first look left out: the whole pin falls between FORK2 and FORK3. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, SHARED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "fork looked before the pin, and write-protected after it")
    @State
    public static class BrokenNoSequence extends Forked {
        @Actor
        public void walker(LLL_Result r) {
            Cells.setVolatile(hasPinned, 1); // CALL3
            r.r1 = pin(); // no sequence
        }

        @Actor
        public void forker(LLL_Result r) {
            r.r2 = fork();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** HAS_PINNED set after WALK9: fork does not look at the count, though the page is pinned. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, SHARED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "fork read that nothing of this address space was ever pinned")
    @State
    public static class BrokenFlagAfterPin extends Forked {
        @Actor
        public void walker(LLL_Result r) {
            String end = pinUnlessForked();
            Thread.onSpinWait();
            Cells.setVolatile(hasPinned, 1); // CALL3 too late
            r.r1 = end;
        }

        @Actor
        public void forker(LLL_Result r) {
            r.r2 = fork();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** The shipping walk and its control block against an opponent that forks. The parent has never pinned before. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real extends MappedPage {
        public Real() {
            opponent.forgetPins();
        }

        @Actor
        public void walker(LLL_Result r) {
            r.r1 = Walker.pin(machine, ADDRESS, 1); // WALK2 to WALK9
        }

        @Actor
        public void forker(LLL_Result r) {
            r.r2 = opponent.fork(); // FORK1 to FORK4
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = end("PINNED".equals(r.r1), "SHARED".equals(r.r2) ? 1 : 0);
        }
    }
}
