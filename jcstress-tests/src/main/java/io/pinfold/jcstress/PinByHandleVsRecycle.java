package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.page.PageRefs;
import io.pinfold.jcstress.support.Balance;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
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
 * A reader pins a frame by the handle it found, while the owner evicts the frame and uses it again for another page.
 * Each buffer pool has this race.
 *
 * <pre>
 *   reader                                            owner
 *   HANDLE2 add a pin to the count, unless zero       OWNER2 freeze: compareAndSet the count from 1 to 0
 *   HANDLE3 compare the generation with the handle's  OWNER4 free: the frame gets its next generation
 *           another life: take the pin off again      OWNER1 allocate and fill: the count is 1 again
 * </pre>
 *
 * <p><b>Shape:</b> two read-modify-writes of one word, and message passing from OWNER4 over OWNER1 and HANDLE2 to
 * HANDLE3. <b>Must not happen:</b> the reader gets the frame in its next life, which holds another page. HANDLE3 comes
 * after HANDLE2, because an earlier answer could be about a life that ends in between.
 *
 * <p><b>What this machine can show:</b> everything here; no weaker mode is involved.
 */
public class PinByHandleVsRecycle {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "PINNED, BUSY, BALANCED", expect = ACCEPTABLE,
            desc = "the pin came first, so the owner could not evict")
    @Outcome(id = "FROZEN, RECYCLED, BALANCED", expect = ACCEPTABLE,
            desc = "[overlap] the reader came between freeze and re-use and took nothing")
    @Outcome(id = "OUTDATED, RECYCLED, BALANCED", expect = ACCEPTABLE,
            desc = "the frame was in its next life; the pin of that was undone")
    @Outcome(id = "(FROZEN|OUTDATED), FREED, BALANCED", expect = ACCEPTABLE,
            desc = "the owner got another frame for its next page, and another owner this one")
    @Outcome(expect = FORBIDDEN, desc = "a pin of a recycled frame, or a count that does not add up")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Frame extends ModelPage {
        /** What the reader's handle says. */
        static final long GENERATION = 0;

        final long generation = count + Cells.LINE;

        String pin(boolean looksAtGeneration) {
            if (!Cells.addUnlessZero(count, BIAS)) { // HANDLE2
                return "FROZEN";
            }
            if (looksAtGeneration && Cells.getVolatile(generation) != GENERATION) { // HANDLE3
                Cells.getAndAdd(count, -BIAS);
                return "OUTDATED";
            }
            pinned = true;
            return "PINNED";
        }

        String evictAndReuse() {
            if (!Cells.compareAndSet(count, 1, 0)) { // OWNER2
                return "BUSY";
            }
            Cells.getAndAdd(generation, 1); // OWNER4
            Cells.setRelease(count, 1); // OWNER1
            return "RECYCLED";
        }
    }

    /** The protocol as it has to be: the generation is compared once the reference keeps it from changing. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Frame {
        @Actor
        public void reader(LLL_Result r) {
            r.r1 = pin(true);
        }

        @Actor
        public void owner(LLL_Result r) {
            r.r2 = evictAndReuse();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** HANDLE3 left out: a handle is no more than a frame number. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, RECYCLED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the reader pinned a frame that holds another page by now")
    @State
    public static class BrokenNoGeneration extends Frame {
        @Actor
        public void reader(LLL_Result r) {
            r.r1 = pin(false); // HANDLE3 missing
        }

        @Actor
        public void owner(LLL_Result r) {
            r.r2 = evictAndReuse();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** HANDLE3 before HANDLE2: the life that the generation was read of ends in between. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "PINNED, RECYCLED, BALANCED", expect = ACCEPTABLE_INTERESTING,
            desc = "the generation was right when it was read, and the frame recycled when it was pinned")
    @State
    public static class BrokenGenerationFirst extends Frame {
        @Actor
        public void reader(LLL_Result r) {
            boolean right = Cells.getVolatile(generation) == GENERATION; // HANDLE3 too early
            r.r1 = right ? pin(false) : "OUTDATED";
        }

        @Actor
        public void owner(LLL_Result r) {
            r.r2 = evictAndReuse();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** Shipping code on both sides: a session's tryPin against tryFreeze, free and allocate of a pool. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real {
        private final Machine machine = Machine.claim();
        private final FrameHandles handles = Machine.memory().handles();
        private final long handle = handles.allocate();
        private long owned = handle;

        @Actor
        public void reader(LLL_Result r) {
            r.r1 = Walker.pinByHandle(handle); // HANDLE2 HANDLE3
        }

        @Actor
        public void owner(LLL_Result r) {
            if (!handles.tryFreeze(handle)) { // OWNER2
                r.r2 = "BUSY";
                return;
            }
            handles.free(handle); // OWNER4
            owned = handles.allocate(); // OWNER1; the lists are LIFO: most often the very frame
            r.r2 = FrameHandle.pfn(owned) == FrameHandle.pfn(handle) ? "RECYCLED" : "FREED";
        }

        @Arbiter
        public void settle(LLL_Result r) {
            boolean pinned = "PINNED".equals(r.r1);
            r.r3 = Balance.of(Machine.count(FrameHandle.pfn(owned)) - 1 - (pinned ? PageRefs.PIN_BIAS : 0));
            if (pinned) {
                long present = handles.handleOf(FrameHandle.pfn(handle)); // of whatever life, also a wrong one
                handles.unpin(FrameHandle.toPin(present));
            }
            handles.put(owned);
            machine.giveBack();
        }
    }
}
