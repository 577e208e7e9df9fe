package io.pinfold.jcstress.explore.memory;

/**
 * A memory with store buffers: each strand's stores wait in a buffer of its own, which its loads read first. An event
 * moves one of them to memory.
 *
 * <p><b>TSO</b>: they leave in the order they entered; read-modify-writes, volatile stores and full fences empty the
 * buffer. That is x86.
 *
 * <p><b>PSO</b>: stores to different words may be reordered. A release or volatile store leaves after all before it, a
 * store after a release fence leaves after all stores before the fence. Volatile stores wait in the buffer, too, and
 * only volatile loads and read-modify-writes of the same strand wait for them, so that weaker accesses after a volatile
 * store take effect before it, as on ARM. A read-modify-write that does not release lets the stores to other words
 * stay.
 *
 * <p>An access that has to wait for stores of its own strand makes them leave in the same step. Events let them leave
 * one by one before it, so no outcome is lost, and a bounded search does not count the wait as a switch.
 */
public final class BufferMemory implements MemoryModel {
    private static final int STRAND_SHIFT = 48;
    private static final long WORD_MASK = (1L << STRAND_SHIFT) - 1;

    private final BackingWords backing;
    private final boolean partial;
    private StoreBuffer[] buffers = {};

    private BufferMemory(BackingWords backing, boolean partial) {
        this.backing = backing;
        this.partial = partial;
    }

    /** Makes a memory with total store order. */
    public static BufferMemory tso(BackingWords backing) {
        return new BufferMemory(backing, false);
    }

    /** Makes a memory with partial store order. */
    public static BufferMemory pso(BackingWords backing) {
        return new BufferMemory(backing, true);
    }

    @Override
    public void begin(int strands) {
        if (buffers.length != strands) {
            buffers = new StoreBuffer[strands];
            for (int strand = 0; strand < strands; strand++) {
                buffers[strand] = new StoreBuffer();
            }
        }
        for (StoreBuffer buffer : buffers) {
            buffer.clear();
        }
    }

    @Override
    public int ways(int strand, Op op) {
        return op.kind == Op.Kind.WAIT && read(buffers[strand], op) == op.a ? 0 : 1;
    }

    @Override
    public long perform(int strand, Op op, int way) {
        StoreBuffer buffer = buffers[strand];
        if (enters(op)) {
            buffer.add(op);
            return 0;
        }
        drain(buffer, op);
        return switch (op.kind) {
            case LOAD, WAIT -> read(buffer, op);
            case FENCE -> {
                if (partial && op.mode == Op.Mode.RELEASE) {
                    buffer.fence();
                }
                yield 0;
            }
            case STORE -> {
                backing.set(op.address, op.bytes, op.stored(0));
                yield 0;
            }
            case CAS, EXCHANGE, ADD, OR, AND -> {
                long found = backing.get(op.address, op.bytes);
                if (op.kind != Op.Kind.CAS || found == op.a) {
                    backing.set(op.address, op.bytes, op.stored(found));
                }
                yield found;
            }
            case FILL -> throw new IllegalStateException("a fill enters the buffer");
        };
    }

    /** Whether the access is a store that waits in the buffer. */
    private boolean enters(Op op) {
        return op.kind == Op.Kind.FILL || op.kind == Op.Kind.STORE && (partial || op.mode != Op.Mode.VOLATILE);
    }

    private long read(StoreBuffer buffer, Op op) {
        int index = buffer.find(op.address, op.bytes);
        return index >= 0 ? buffer.read(index, op.bytes) : backing.get(op.address, op.bytes);
    }

    private void drain(StoreBuffer buffer, Op op) {
        for (int count = drained(buffer, op); count > 0; count--) {
            buffer.flush(0, backing);
        }
        if (op.isReadModifyWrite()) {
            for (int index = 0; index < buffer.length();) {
                if (op.overlaps(buffer.address(index), buffer.bytes(index))) {
                    buffer.flush(index, backing);
                } else {
                    index++;
                }
            }
        }
    }

    /**
     * The number of oldest entries that leave with an access. A read-modify-write takes the later ones for its word
     * along.
     */
    private int drained(StoreBuffer buffer, Op op) {
        return switch (op.kind) {
            case FENCE -> op.mode == Op.Mode.VOLATILE ? buffer.length() : 0;
            case STORE -> enters(op) ? 0 : buffer.length();
            case LOAD, WAIT -> op.mode == Op.Mode.VOLATILE ? buffer.throughVolatile() : 0;
            case CAS, EXCHANGE, ADD, OR, AND -> !partial || op.mode == Op.Mode.VOLATILE || op.mode == Op.Mode.RELEASE
                    ? buffer.length()
                    : buffer.throughFenceOrOrdered(op.address, op.bytes);
            case FILL -> 0;
        };
    }

    private boolean drains(int strand, Op op, int index) {
        StoreBuffer buffer = buffers[strand];
        return index < drained(buffer, op)
                || op.isReadModifyWrite() && op.overlaps(buffer.address(index), buffer.bytes(index));
    }

    @Override
    public boolean isLocal(int strand, Op op) {
        return enters(op) || op.kind == Op.Kind.FENCE && (op.mode != Op.Mode.VOLATILE || buffers[strand].length() == 0);
    }

    @Override
    public boolean drains(int strand, Op op) {
        return buffers[strand].length() > 0 && op.mode == Op.Mode.VOLATILE
                && (op.isReadModifyWrite() || !partial && op.kind == Op.Kind.STORE);
    }

    @Override
    public boolean holds(int strand, Op op) {
        StoreBuffer buffer = buffers[strand];
        boolean possible = op.kind == Op.Kind.FILL ? buffer.length() > 0 : buffer.mayHave(op.address);
        for (int index = 0; possible && index < buffer.length(); index++) {
            if (op.overlaps(buffer.address(index), buffer.bytes(index))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean dependent(int strandA, Op a, int strandB, Op b) {
        if (isLocal(strandA, a) || isLocal(strandB, b)) {
            return false;
        }
        if ((a.writes() || b.writes()) && a.overlaps(b)) {
            return true;
        }
        StoreBuffer mine = buffers[strandA];
        for (int index = 0; index < mine.length(); index++) {
            if (drains(strandA, a, index) && touches(mine.address(index), mine.bytes(index), strandB, b)) {
                return true;
            }
        }
        StoreBuffer other = buffers[strandB];
        for (int index = 0; index < other.length(); index++) {
            if (drains(strandB, b, index) && a.overlaps(other.address(index), other.bytes(index))) {
                return true;
            }
        }
        return false;
    }

    /** Whether an access, or a store that leaves with it, is to a word of a range. */
    private boolean touches(long start, long length, int strand, Op op) {
        if (op.overlaps(start, length)) {
            return true;
        }
        StoreBuffer buffer = buffers[strand];
        for (int index = 0; index < buffer.length(); index++) {
            if (drains(strand, op, index) && buffer.overlaps(index, start, length)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public int events() {
        int count = 0;
        for (StoreBuffer buffer : buffers) {
            for (int index = 0; index < leaving(buffer); index++) {
                count += buffer.isReady(index) ? 1 : 0;
            }
        }
        return count;
    }

    /** The number of oldest entries that might be ready. */
    private int leaving(StoreBuffer buffer) {
        return partial ? buffer.length() : Math.min(1, buffer.length());
    }

    @Override
    public long event(int number) {
        int left = number;
        for (int strand = 0; strand < buffers.length; strand++) {
            StoreBuffer buffer = buffers[strand];
            for (int index = 0; index < leaving(buffer); index++) {
                if (buffer.isReady(index) && left-- == 0) {
                    return (long) strand << STRAND_SHIFT | buffer.address(index);
                }
            }
        }
        throw new IndexOutOfBoundsException("event " + number + " of " + events());
    }

    @Override
    public void performEvent(long event) {
        StoreBuffer buffer = buffers[strand(event)];
        buffer.flush(entry(event), backing);
    }

    private static int strand(long event) {
        return (int) (event >>> STRAND_SHIFT);
    }

    private int entry(long event) {
        StoreBuffer buffer = buffers[strand(event)];
        for (int index = 0; index < buffer.length(); index++) {
            if (buffer.address(index) == (event & WORD_MASK)) {
                return index;
            }
        }
        throw new IllegalStateException(
                "no store to " + (event & WORD_MASK) + " in the buffer of strand " + strand(event));
    }

    @Override
    public boolean dependent(long event, int strand, Op op) {
        int index = entry(event);
        if (strand(event) == strand) {
            // a load gets the same value from the buffer and from memory
            return drains(strand, op, index);
        }
        StoreBuffer buffer = buffers[strand(event)];
        return !isLocal(strand, op) && touches(buffer.address(index), buffer.bytes(index), strand, op);
    }

    @Override
    public boolean dependent(long eventA, long eventB) {
        int a = entry(eventA);
        StoreBuffer buffer = buffers[strand(eventB)];
        int b = entry(eventB);
        return buffers[strand(eventA)].overlaps(a, buffer.address(b), buffer.bytes(b));
    }

    @Override
    public void mix(StateKey key) {
        backing.mix(key);
        for (StoreBuffer buffer : buffers) {
            buffer.mix(key);
        }
    }
}
