package io.pinfold.jcstress.support;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.words.Words;

/** A frame of the shipping library by its handle, of which two words on two cache lines are read and written. */
public class ReadFrame {
    private static final FrameHandles HANDLES = Machine.memory().handles();
    private static final long SECOND = 8 * Cells.LINE;
    private static final long OLD = 1;
    private static final long NEW = 2;

    private final Machine machine = Machine.claim();
    public final long handle = HANDLES.allocate();

    public ReadFrame() {
        store(handle, OLD);
    }

    /** What two words say that were read as one. */
    public static String word(long one, long other, long old, long next) {
        return one != other ? "TORN" : one == old ? "READ_OLD" : one == next ? "READ_NEW" : "READ_" + one;
    }

    private static void store(long handle, long value) {
        long frame = Bridge.core(Machine.memory()).frameAddress(FrameHandle.pfn(handle));
        Words.setLong(frame, value);
        Words.setLong(frame + SECOND, value);
    }

    /** A read in steps. BUSY if the frame was being written, INVALID if it was meanwhile. */
    public final String peek() {
        return peek("BUSY");
    }

    /** The same of a frame whose life may be over: OUTDATED then. */
    public final String peekOld() {
        return peek("OUTDATED");
    }

    private String peek(String refused) {
        long stamp = HANDLES.tryRead(handle);
        if (stamp == 0) {
            return refused;
        }
        long one = HANDLES.peekLong(handle, 0);
        long other = HANDLES.peekLong(handle, SECOND);
        return HANDLES.validate(handle, stamp) ? word(one, other, OLD, NEW) : "INVALID";
    }

    /** A write by the owner's hold. */
    public final String write() {
        fill(handle);
        return "WRITTEN";
    }

    /** A write of a frame that the caller holds. */
    public final void fill(long held) {
        long stamp = HANDLES.beginWrite(held);
        store(held, NEW);
        HANDLES.endWrite(held, stamp);
    }

    /** A write in a freeze. */
    public final String rewrite() {
        if (!HANDLES.tryFreeze(handle)) {
            return "NOT_FROZEN";
        }
        store(handle, NEW);
        HANDLES.unfreeze(handle);
        return "WRITTEN";
    }

    /** Ends the use of this frame, or of the one that came after it. */
    public final void giveBack(long held) {
        HANDLES.put(held);
        machine.giveBack();
    }
}
