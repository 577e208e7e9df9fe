package io.pinfold.jcstress.support;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Native memory for the models: a ring of slots, one per jcstress state, and accessors named after their access mode.
 *
 * <p>A model must be readable without the shipping code, so this class shares nothing with {@code Words}. All cells lie
 * in one constant segment, because a segment in an instance field is several times slower and a slow actor does not
 * overlap with the other. A slot is four cache lines ({@link #LINE} bytes each): two words that must not share a line
 * (store buffering shows only between lines) go to different ones.
 *
 * <p>Slots outnumber the states that jcstress keeps alive at a time ({@link #SLOTS} against at most 40 x 256), so a
 * slot that comes round again is not in use. Only the first two words of each line are zeroed, since clearing all
 * of it costs more than the race itself.
 */
public final class Cells {
    /** Bytes between two words that must not share a cache line. */
    public static final int LINE = 64;

    private static final int SLOTS = 1 << 14;
    private static final int SLOT_BYTES = 4 * LINE;
    private static final MemorySegment CELLS = Arena.global().allocate((long) SLOTS * SLOT_BYTES, 4096);
    private static final VarHandle CELL = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();
    private static final AtomicLong NEXT = new AtomicLong();

    private Cells() {
    }

    /** Takes the next slot: the offset of its first word, the words used zeroed. */
    public static long claim() {
        long slot = (NEXT.getAndIncrement() & (SLOTS - 1)) * SLOT_BYTES;
        for (int line = 0; line < SLOT_BYTES; line += LINE) {
            set(slot + line, 0);
            set(slot + line + Long.BYTES, 0);
        }
        return slot;
    }

    /** Plain load of data that another actor may be storing to: worth something only after a validation. */
    public static long getRacy(long cell) {
        return (long) CELL.get(CELLS, cell);
    }

    /** Plain store: initialisation before any actor runs, and data that readers validate. */
    public static void set(long cell, long value) {
        CELL.set(CELLS, cell, value);
    }

    public static long getVolatile(long cell) {
        return (long) CELL.getVolatile(CELLS, cell);
    }

    public static void setVolatile(long cell, long value) {
        CELL.setVolatile(CELLS, cell, value);
    }

    public static void setRelease(long cell, long value) {
        CELL.setRelease(CELLS, cell, value);
    }

    public static long getAndSet(long cell, long value) {
        return (long) CELL.getAndSet(CELLS, cell, value);
    }

    public static long getAndAdd(long cell, long delta) {
        return (long) CELL.getAndAdd(CELLS, cell, delta);
    }

    public static boolean compareAndSet(long cell, long expected, long next) {
        return (boolean) CELL.compareAndSet(CELLS, cell, expected, next);
    }

    /** The loop all counts are raised with: refuses a count of zero, which means free or frozen. */
    public static boolean addUnlessZero(long cell, long delta) {
        while (true) {
            long count = getVolatile(cell);
            if (count == 0) {
                return false;
            }
            if (compareAndSet(cell, count, count + delta)) {
                return true;
            }
        }
    }
}
