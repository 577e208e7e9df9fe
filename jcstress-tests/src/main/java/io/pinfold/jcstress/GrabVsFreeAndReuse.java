package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.foll.FollBits;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.Walker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/**
 * Race R7: a walker reaches for a frame that has just been freed, and that the allocator hands out again.
 *
 * <pre>
 *   grabber                                         owner
 *   GRAB3 add a reference unless the count is zero  FREE1 drop the last reference
 *   WALK8 (its re-check fails) take it back;        FREE4 bump the generation, before the allocator sees the frame
 *         the last put frees                        ALLOC2 allocate: write all metadata
 *                                                   ALLOC3 release-store the count 1
 * </pre>
 *
 * <p><b>Shape:</b> read-modify-writes of one word. <b>Must not happen:</b> GRAB3 raises a count of zero; then ALLOC3
 * overwrites it, WALK8 brings it back to zero, and the frame is freed under its new owner, or freed twice. A transient
 * reference on the new owner's frame is legal: it comes from a count that is not zero and is taken back exactly.
 *
 * <p><b>What this machine can show:</b> everything here; no weaker mode is involved.
 */
public class GrabVsFreeAndReuse {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "REFUSED, REUSED, OWNED_ONCE", expect = ACCEPTABLE,
            desc = "[overlap] the grabber met the frame while it was free and left it alone")
    @Outcome(id = "HELD, REUSED, OWNED_ONCE", expect = ACCEPTABLE,
            desc = "the grabber's transient reference came and went on one side of the free; both are legal")
    @Outcome(id = "FREED, DROPPED, FREE_ONCE", expect = ACCEPTABLE,
            desc = "[overlap] the owner let go while the grabber held on, so the roll-back was the last put")
    @Outcome(expect = FORBIDDEN, desc = "freed twice, freed under its new owner, or a count that does not add up")
    interface Outcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Frame {
        final long count = Cells.claim();
        final long generation = count + Cells.LINE;
        final long mapping = generation + Cells.LINE;
        boolean reused;

        Frame() {
            Cells.set(count, 1);
        }

        String grabAndUndo(boolean unlessZero) {
            if (!unlessZero) {
                Cells.getAndAdd(count, 1);
            } else if (!Cells.addUnlessZero(count, 1)) { // GRAB3
                return "REFUSED";
            }
            // The re-check of the entry fails here: the walker holds a reference it must give back exactly.
            if (Cells.getAndAdd(count, -1) == 1) { // WALK8: undo; it can be the last put
                Cells.getAndAdd(generation, 1);
                return "FREED";
            }
            return "HELD";
        }

        String dropAndReuse() {
            if (Cells.getAndAdd(count, -1) != 1) { // FREE1: the owner lets go
                return "DROPPED";
            }
            Cells.getAndAdd(generation, 1); // FREE4: a new incarnation, before the allocator can see the frame
            Cells.setRelease(mapping, 7); // ALLOC2: all metadata of the new owner ...
            Cells.setRelease(count, 1); // ALLOC3: ... and only then the count
            reused = true;
            return "REUSED";
        }

        String balance() {
            long frees = Cells.getVolatile(generation);
            long left = Cells.getVolatile(count);
            if (frees == 1 && left == (reused ? 1 : 0)) {
                return reused ? "OWNED_ONCE" : "FREE_ONCE";
            }
            return "FREED_" + frees + "_LEFT_" + left;
        }
    }

    /** The protocol as it has to be: a count of zero is not raised. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Frame {
        @Actor
        public void grabber(LLL_Result r) {
            r.r1 = grabAndUndo(true);
        }

        @Actor
        public void owner(LLL_Result r) {
            r.r2 = dropAndReuse();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** GRAB3 as a plain add: it raises the count of a free frame, and the undo frees it once more. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "(FREED|HELD), (REUSED|DROPPED), FREED_\\d+_LEFT_-?\\d+", expect = ACCEPTABLE_INTERESTING,
            desc = "freed twice, or its new owner lost the count that keeps the frame alive")
    @State
    public static class BrokenPlainAdd extends Frame {
        @Actor
        public void grabber(LLL_Result r) {
            r.r1 = grabAndUndo(false); // GRAB3 does not ask for zero
        }

        @Actor
        public void owner(LLL_Result r) {
            r.r2 = dropAndReuse();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** A frame of the shipping library that is dropped by its owner and handed out again, in spite of a grabber. */
    abstract static class AllocatedFrame {
        final Machine machine = Machine.claim();
        final long pfn = Machine.allocate();
        final int born = Machine.generation(pfn);
        long reused;

        String dropAndReuse() {
            if (!machine.put(pfn)) { // FREE1, FREE4
                return "DROPPED";
            }
            reused = Machine.allocate(); // ALLOC2, ALLOC3; the lists are LIFO: most often the very frame
            return "REUSED";
        }

        String balance() {
            int frees = Machine.generation(pfn) - born;
            int left = Machine.count(pfn) - 1;
            // Unless it is ours again the frame is free, and other states may have had it in the meantime.
            boolean good = reused == pfn ? frees == 1 && left == 0 : frees > 0;
            String verdict = good ? reused == 0 ? "FREE_ONCE" : "OWNED_ONCE" : "FREED_" + frees + "_LEFT_" + left;
            if (reused != 0) {
                machine.put(reused);
            }
            machine.giveBack();
            return verdict;
        }
    }

    /** The library's grab and its mirror, as a walk uses them, against its last put, its free and its allocation. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real extends AllocatedFrame {
        @Actor
        public void grabber(LLL_Result r) {
            r.r1 = Walker.grabAndUndo(machine, pfn, FollBits.FOLL_GET); // GRAB3 WALK8
        }

        @Actor
        public void owner(LLL_Result r) {
            r.r2 = dropAndReuse();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }

    /** The same with a pin, whose roll-back must take back 1024 and not 1. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class RealPin extends AllocatedFrame {
        @Actor
        public void grabber(LLL_Result r) {
            r.r1 = Walker.grabAndUndo(machine, pfn, FollBits.FOLL_PIN); // GRAB3 WALK8
        }

        @Actor
        public void owner(LLL_Result r) {
            r.r2 = dropAndReuse();
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = balance();
        }
    }
}
