package io.pinfold.jcstress.explore.memory;

/**
 * A memory with heavy fences, around another memory: a strand begins one, then each other strand passes a full fence of
 * that memory at a moment of its own, and the strand's end of the fence waits for all of them. The fences of the others
 * are events, as an interrupt comes from outside; a strand that has ended passes its own, too.
 */
public final class HeavyFences implements MemoryModel {
    /** In {@link Op#a} of a full fence: begins a heavy one. */
    public static final long BEGIN = 1;
    /** In {@link Op#a} of a full fence: ends the strand's heavy one. */
    public static final long END = 2;

    private static final int STRAND_SHIFT = 48;
    /** In the names of events, where the other memory has its words: above all addresses. */
    private static final long INTERRUPT = 1L << (STRAND_SHIFT - 1);

    private final MemoryModel memory;
    private final Op fence = new Op().set(Op.Kind.FENCE, Op.Mode.VOLATILE, Long.BYTES, 0, 0, 0);
    /** For each strand: the strands whose fences its heavy fence waits for, a bit each. */
    private long[] awaited = {};

    HeavyFences(MemoryModel memory) {
        this.memory = memory;
    }

    private static boolean is(Op op, long part) {
        return op.kind == Op.Kind.FENCE && op.mode == Op.Mode.VOLATILE && op.a == part;
    }

    /** Whether an event is a strand's fence that another strand's heavy fence waits for. */
    public static boolean isInterrupt(long event) {
        return (event & INTERRUPT) != 0;
    }

    private static int target(long event) {
        return (int) (event >>> STRAND_SHIFT);
    }

    @Override
    public void begin(int strands) {
        awaited = new long[strands];
        memory.begin(strands);
    }

    @Override
    public int ways(int strand, Op op) {
        return is(op, END) && awaited[strand] != 0 ? 0 : memory.ways(strand, op);
    }

    @Override
    public long perform(int strand, Op op, int way) {
        if (is(op, BEGIN)) {
            awaited[strand] = (1L << awaited.length) - 1 & ~(1L << strand);
        }
        return memory.perform(strand, op, way);
    }

    @Override
    public boolean isLocal(int strand, Op op) {
        return !is(op, BEGIN) && !is(op, END) && memory.isLocal(strand, op);
    }

    @Override
    public boolean drains(int strand, Op op) {
        return memory.drains(strand, op);
    }

    @Override
    public boolean holds(int strand, Op op) {
        return memory.holds(strand, op);
    }

    @Override
    public boolean dependent(int strandA, Op a, int strandB, Op b) {
        return memory.dependent(strandA, a, strandB, b);
    }

    // ---- events: those of the memory, then the fences that are due -------------------------------------------------

    @Override
    public int events() {
        int events = memory.events();
        for (long others : awaited) {
            events += Long.bitCount(others);
        }
        return events;
    }

    @Override
    public long event(int index) {
        int left = index - memory.events();
        if (left < 0) {
            return memory.event(index);
        }
        for (int caller = 0; caller < awaited.length; caller++) {
            for (long others = awaited[caller]; others != 0; others &= others - 1) {
                if (left-- == 0) {
                    return (long) Long.numberOfTrailingZeros(others) << STRAND_SHIFT | INTERRUPT | caller;
                }
            }
        }
        throw new IndexOutOfBoundsException("there is no event " + index);
    }

    @Override
    public void performEvent(long event) {
        if (isInterrupt(event)) {
            awaited[(int) (event & ~INTERRUPT)] &= ~(1L << target(event));
            memory.perform(target(event), fence, 0);
        } else {
            memory.performEvent(event);
        }
    }

    @Override
    public boolean dependent(long event, int strand, Op op) {
        if (!isInterrupt(event)) {
            return memory.dependent(event, strand, op);
        }
        return target(event) == strand || is(op, END) || memory.dependent(target(event), fence, strand, op);
    }

    @Override
    public boolean dependent(long eventA, long eventB) {
        if (isInterrupt(eventA)) {
            return isInterrupt(eventB)
                    ? target(eventA) == target(eventB)
                            || memory.dependent(target(eventA), fence, target(eventB), fence)
                    : dependent(eventB, target(eventA), fence) || target(eventA) == target(eventB);
        }
        return isInterrupt(eventB) ? dependent(eventB, eventA) : memory.dependent(eventA, eventB);
    }

    @Override
    public void mix(StateKey key) {
        memory.mix(key);
        for (long others : awaited) {
            key.mix(others);
        }
    }
}
