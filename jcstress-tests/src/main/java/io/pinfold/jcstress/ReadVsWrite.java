package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.ReadFrame;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * A thread that holds nothing reads two words of a frame, while a holder writes both, or the frame gets another life.
 *
 * <pre>
 *   reader                                            writer
 *   VALID1 VALID2 version even, generation            WRITE1 version: even to odd, compareAndSet
 *   VALID3 both words                                 WRITE2 storeStoreFence, then both words
 *   VALID4 VALID5 acquireFence, the same once more    WRITE3 version: to the next even one, release
 * </pre>
 *
 * <p><b>Shape:</b> message passing in both directions between the version and the data. <b>Must not happen:</b> the
 * reader takes one word from before the write and one from behind it, or words of another life.
 *
 * <p><b>What this machine can show:</b> a step that is missing or in the wrong place. x86 keeps loads in order, and
 * stores, too, so it cannot show that a fence is missing; the explorer does.
 */
public class ReadVsWrite {
    /** What every variant may do; everything else is forbidden. */
    @Outcome(id = "READ_OLD, WRITTEN", expect = ACCEPTABLE, desc = "the read came first")
    @Outcome(id = "READ_NEW, WRITTEN", expect = ACCEPTABLE, desc = "the read came last")
    @Outcome(id = "(BUSY|INVALID), WRITTEN", expect = ACCEPTABLE, desc = "[overlap] the reader noticed the write")
    @Outcome(expect = FORBIDDEN, desc = "a torn read")
    interface Outcomes {
    }

    /** What every variant with another life may do. */
    @Outcome(id = "READ_OLD, RECYCLED", expect = ACCEPTABLE, desc = "the read came first")
    @Outcome(id = "OUTDATED, RECYCLED", expect = ACCEPTABLE, desc = "the life was over")
    @Outcome(id = "INVALID, RECYCLED", expect = ACCEPTABLE, desc = "[overlap] the life ended under the read")
    @Outcome(expect = FORBIDDEN, desc = "data of another life")
    interface LifeOutcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Frame {
        static final long OLD = 0;
        static final long NEW = 1;

        final long version = Cells.claim();
        final long generation = version + Long.BYTES;
        final long first = version + Cells.LINE;
        final long second = first + Cells.LINE;

        boolean isStill(long stamp) {
            VarHandle.acquireFence(); // VALID4
            return Cells.getVolatile(version) == stamp && Cells.getVolatile(generation) == 0; // VALID5
        }

        String read() {
            long stamp = Cells.getVolatile(version); // VALID1
            if ((stamp & 1) != 0) {
                return "BUSY";
            }
            if (Cells.getVolatile(generation) != 0) { // VALID2
                return "OUTDATED";
            }
            long one = Cells.getRacy(first); // VALID3
            long other = Cells.getRacy(second);
            return isStill(stamp) ? ReadFrame.word(one, other, OLD, NEW) : "INVALID";
        }

        String write(long versionAfter) {
            long stamp = Cells.getVolatile(version);
            Cells.compareAndSet(version, stamp, stamp + 1); // WRITE1
            VarHandle.storeStoreFence(); // WRITE2
            Cells.set(first, NEW);
            Cells.set(second, NEW);
            Cells.setRelease(version, versionAfter); // WRITE3
            return "WRITTEN";
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Model extends Frame {
        @Actor
        public void reader(LL_Result r) {
            r.r1 = read();
        }

        @Actor
        public void writer(LL_Result r) {
            r.r2 = write(2);
        }
    }

    /** VALID5 before VALID3: the write comes in between. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "TORN, WRITTEN", expect = ACCEPTABLE_INTERESTING, desc = "one word is old and the other new")
    @State
    public static class BrokenValidatedFirst extends Frame {
        @Actor
        public void reader(LL_Result r) {
            long stamp = Cells.getVolatile(version); // VALID1
            boolean isValid = (stamp & 1) == 0 && isStill(stamp); // VALID5 too early
            long one = Cells.getRacy(first);
            VarHandle.acquireFence(); // or the compiler might read both at once
            long other = Cells.getRacy(second);
            r.r1 = isValid ? ReadFrame.word(one, other, OLD, NEW) : "INVALID";
        }

        @Actor
        public void writer(LL_Result r) {
            r.r2 = write(2);
        }
    }

    /** WRITE3 back to the version from before: a write that was met as a whole leaves no trace. Fires on x86. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "TORN, WRITTEN", expect = ACCEPTABLE_INTERESTING, desc = "the version is the one that was read first")
    @State
    public static class BrokenVersionReset extends Frame {
        @Actor
        public void reader(LL_Result r) {
            r.r1 = read();
        }

        @Actor
        public void writer(LL_Result r) {
            r.r2 = write(0); // WRITE3 back to the old version
        }
    }

    /** Shipping code on both sides: tryRead, peekLong and validate against beginWrite and endWrite. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Real extends ReadFrame {
        @Actor
        public void reader(LL_Result r) {
            r.r1 = peek(); // VALID1 to VALID5
        }

        @Actor
        public void writer(LL_Result r) {
            r.r2 = write(); // WRITE1 to WRITE3
        }

        @Arbiter
        public void settle(LL_Result r) {
            giveBack(handle);
        }
    }

    /** Shipping code: the same reader against an owner that writes in a freeze. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class RealFreeze extends ReadFrame {
        @Actor
        public void reader(LL_Result r) {
            r.r1 = peek(); // VALID1 to VALID5
        }

        @Actor
        public void owner(LL_Result r) {
            r.r2 = rewrite(); // OWNER2 OWNER3
        }

        @Arbiter
        public void settle(LL_Result r) {
            giveBack(handle);
        }
    }

    /** Shipping code: the same reader against put, allocate and a write of the next life. */
    @JCStressTest
    @JCStressMeta(LifeOutcomes.class)
    @Outcome(id = "READ_OLD, ELSEWHERE", expect = ACCEPTABLE,
            desc = "the read came first; the next life is of another frame")
    @Outcome(id = "(OUTDATED|INVALID), ELSEWHERE", expect = ACCEPTABLE, desc = "the life was over")
    @State
    public static class RealLife extends ReadFrame {
        private final FrameHandles handles = Machine.memory().handles();
        private long next = handle;

        @Actor
        public void reader(LL_Result r) {
            r.r1 = peekOld(); // VALID1 to VALID5
        }

        @Actor
        public void owner(LL_Result r) {
            handles.put(handle); // HOLDER3
            next = handles.allocate(); // OWNER1; the lists are LIFO: most often the very frame
            fill(next);
            r.r2 = FrameHandle.pfn(next) == FrameHandle.pfn(handle) ? "RECYCLED" : "ELSEWHERE";
        }

        @Arbiter
        public void settle(LL_Result r) {
            giveBack(next);
        }
    }
}
