package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.words.HeavyFence;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.ModelSlot;
import io.pinfold.jcstress.support.WalkedWords;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Race R6 of a slot that is entered without a locked instruction: the rare side issues a heavy fence for both.
 *
 * <pre>
 *   walker, again and again                      reclaimer                    or close
 *   SLOT2 load the epoch                         RETIRE1 unlink the table     CLOSE1 state: closing
 *   SLOT3 slot: epoch, release store             RETIRE2 E = epoch++
 *   SLOT4 load the state, SLOT5 the entry above  RETIRE3 heavy fence          CLOSE2 heavy fence; every slot idle?
 *   SLOT5 load entries of the table              RETIRE4 scan the slots
 *   SLOT6 slot: idle, release store              RETIRE5 no slot holds 1..E: free the table, and poison it
 * </pre>
 *
 * <p><b>Shape:</b> store buffering of SLOT3, SLOT5 against RETIRE1, RETIRE4; in the model one word stands for the entry
 * and for the state. <b>Must not happen:</b> the scan misses the walker, and the walker reads what is freed.
 *
 * <p><b>What this machine can show:</b> a heavy fence that is missing, or that comes before the unlink; a slot that the
 * rare side shuts by a compare-and-set, which the owner's store overwrites. An opaque store in SLOT3 it cannot: on x86
 * that is the same instruction. Where there is no membarrier(2), the models too enter by a locked instruction.
 */
public class SlotVsScan {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "(MISSED|FOUND), FREED", expect = ACCEPTABLE,
            desc = "the table was unlinked before the first walk, or after the last")
    @Outcome(id = "MET, FREED", expect = ACCEPTABLE,
            desc = "[overlap] unlinked between two walks, or a close made the walker wait")
    @Outcome(id = "(MISSED|MET|FOUND), DEFERRED", expect = ACCEPTABLE,
            desc = "[overlap] the reclaimer saw the walker inside and left the table for later")
    @Outcome(expect = FORBIDDEN, desc = "the walker read a freed table")
    interface Outcomes {
    }

    static final int MANY = 10_000; // more walks than there is time for until the table is unlinked

    /** The words of the model and the steps that no variant changes. */
    abstract static class Slots {
        private static final long POISON = -1;

        final ModelSlot slot = new ModelSlot();
        private final long upper = Cells.claim();
        private final long lower = upper + Cells.LINE;

        Slots() {
            Cells.set(upper, 1);
        }

        final String walks(boolean locked) {
            for (int walk = 0; walk < MANY; walk++) {
                Cells.setRelease(upper + Long.BYTES, walk); // stores leave in order, so that of the slot waits for this
                slot.enter(locked); // SLOT2 SLOT3
                boolean isLinked = Cells.getVolatile(upper) != 0; // SLOT4, SLOT5
                boolean isFreed = isLinked && readsPoison();
                slot.leave(); // SLOT6
                if (!isLinked || isFreed) {
                    return isFreed ? "READ_FREED" : walk == 0 ? "MISSED" : "MET";
                }
            }
            return "FOUND";
        }

        final boolean readsPoison() {
            return Cells.getVolatile(lower) == POISON; // SLOT5
        }

        final long unlink() {
            Cells.getAndSet(upper, 0); // RETIRE1
            return slot.advance(); // RETIRE2
        }

        final String freeOrDefer(long last) {
            return slot.isInside(last) ? "DEFERRED" : free(); // RETIRE4
        }

        final String free() {
            Cells.setVolatile(lower, POISON); // RETIRE5
            return "FREED";
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Slots {
        @Actor
        public void walker(LL_Result r) {
            r.r1 = walks(!HeavyFence.isAsymmetric());
        }

        @Actor
        public void reclaimer(LL_Result r) {
            long last = unlink();
            HeavyFence.fence(); // RETIRE3
            r.r2 = freeOrDefer(last);
        }
    }

    /** RETIRE3 left out: the slot waits in the store buffer during the walk. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "READ_FREED, FREED", expect = ACCEPTABLE_INTERESTING,
            desc = "the scan found the slot idle, and the walker found the table still linked")
    @State
    public static class BrokenNoFence extends Slots {
        @Actor
        public void walker(LL_Result r) {
            r.r1 = walks(false);
        }

        @Actor
        public void reclaimer(LL_Result r) {
            r.r2 = freeOrDefer(unlink()); // RETIRE3 missing
        }
    }

    /** RETIRE3 before RETIRE1: the slot of a walk that begins after the fence waits in the buffer. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "READ_FREED, FREED", expect = ACCEPTABLE_INTERESTING,
            desc = "the walk began between the fence and the unlink, and the scan did not see it")
    @State
    public static class BrokenFenceFirst extends Slots {
        @Actor
        public void walker(LL_Result r) {
            r.r1 = walks(false);
        }

        @Actor
        public void reclaimer(LL_Result r) {
            HeavyFence.fence(); // RETIRE3 too early
            r.r2 = freeOrDefer(unlink());
        }
    }

    /** The rare side shuts the idle slot, and the walker looks at that and not at SLOT4: it overwrites the mark. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "READ_FREED, FREED", expect = ACCEPTABLE_INTERESTING, desc = "the walker entered a shut slot")
    @State
    public static class BrokenParked extends Slots {
        @Actor
        public void walker(LL_Result r) {
            r.r1 = "FOUND";
            for (int walk = 0; walk < MANY && r.r1.equals("FOUND") && !slot.isParked(); walk++) {
                slot.enter(false); // SLOT3 overwrites the mark
                r.r1 = readsPoison() ? "READ_FREED" : "FOUND";
                slot.leave();
            }
        }

        @Actor
        public void reclaimer(LL_Result r) {
            HeavyFence.fence();
            r.r2 = slot.park() ? free() : "DEFERRED";
        }
    }

    /** Shipping code on both sides: a session's slot against the scan of the slots. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private final WalkedWords words = new WalkedWords();

        @Actor
        public void walker(LL_Result r) {
            r.r1 = words.walk(MANY); // SLOT2 to SLOT6
        }

        @Actor
        public void reclaimer(LL_Result r) {
            r.r2 = words.unlink(); // RETIRE1 to RETIRE5
        }

        @Arbiter
        public void settle(LL_Result r) {
            words.end();
        }
    }

    /** The same slot against the steps of a close that keep walks out. The memory is opened again. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class RealClose {
        private final WalkedWords words = new WalkedWords();

        @Actor
        public void walker(LL_Result r) {
            r.r1 = words.walkBesideClose(); // SLOT2 to SLOT6
        }

        @Actor
        public void closer(LL_Result r) {
            r.r2 = words.close(); // CLOSE1 CLOSE2 CLOSE5
        }

        @Arbiter
        public void settle(LL_Result r) {
            words.end();
        }
    }
}
