package io.pinfold.jcstress.explore.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The FILLs of a run, for the words in their ranges without an access so far: zeroing a page must not make hundreds of
 * locations. The first access to a word finds here the stores that it missed.
 */
final class FillLog {
    private long[] start = new long[8];
    private long[] length = new long[8];
    private long[] pattern = new long[8];
    private int[] strand = new int[8];
    private int[] clock = new int[8];
    private int[] access = new int[8];
    private @Nullable View[] passed = new View[8];
    /** The index in {@link #before} at which the old contents of the range begin. */
    private int[] saved = new int[8];
    private long[] before = new long[1024];
    private int count;
    private int end;
    private long hash;

    void clear() {
        count = 0;
        end = 0;
        hash = 0;
    }

    int count() {
        return count;
    }

    /** Logs a FILL that is about to be performed. */
    void add(Op op, int byStrand, int atClock, int asAccess, @Nullable View passes, BackingWords backing) {
        if (count == start.length) {
            start = Arrays.copyOf(start, 2 * count);
            length = Arrays.copyOf(length, 2 * count);
            pattern = Arrays.copyOf(pattern, 2 * count);
            strand = Arrays.copyOf(strand, 2 * count);
            clock = Arrays.copyOf(clock, 2 * count);
            access = Arrays.copyOf(access, 2 * count);
            passed = Arrays.copyOf(passed, 2 * count);
            saved = Arrays.copyOf(saved, 2 * count);
        }
        start[count] = op.address;
        length[count] = op.a;
        pattern[count] = op.pattern();
        strand[count] = byStrand;
        clock[count] = atClock;
        access[count] = asAccess;
        passed[count] = passes;
        saved[count++] = end;
        int halves = (int) (op.a / Integer.BYTES);
        while (end + halves > before.length) {
            before = Arrays.copyOf(before, 2 * before.length);
        }
        for (int half = 0; half < halves; half++) {
            before[end++] = backing.get(op.address + (long) half * Integer.BYTES, Integer.BYTES);
        }
        hash += StateKey.hash(StateKey.hash(op.address, op.b), (long) byStrand << 32 | atClock);
    }

    boolean covers(int number, long address) {
        return start[number] <= address && address < start[number] + length[number];
    }

    /** Whether two strands' FILLs overlap. */
    boolean overlaps(int number, Op op) {
        return op.overlaps(start[number], length[number]);
    }

    /** The previous value of a word. */
    long before(int number, long address, int bytes) {
        int at = saved[number] + (int) ((address - start[number]) / Integer.BYTES);
        return bytes == Integer.BYTES ? before[at] : before[at] & 0xFFFF_FFFFL | before[at + 1] << 32;
    }

    long value(int number, int bytes) {
        return bytes == Integer.BYTES ? (int) pattern[number] : pattern[number];
    }

    int strand(int number) {
        return strand[number];
    }

    int clock(int number) {
        return clock[number];
    }

    int access(int number) {
        return access[number];
    }

    /** The view that the stores pass to an acquiring load; null for none. */
    @Nullable
    View passed(int number) {
        return passed[number];
    }

    void mix(StateKey key) {
        key.mix(hash);
        for (int number = 0; number < count; number++) {
            View passes = passed[number];
            if (passes != null) {
                key.mix(passes.hash());
            }
        }
    }
}
