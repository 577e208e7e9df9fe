package io.pinfold.jcstress.explore.memory;

/** Sequential consistency: every access takes effect at once, in one order, whatever its mode. */
public final class ScMemory implements MemoryModel {
    private final BackingWords backing;
    private final boolean keyed;

    public ScMemory(BackingWords backing) {
        this(backing, true);
    }

    private ScMemory(BackingWords backing, boolean keyed) {
        this.backing = backing;
        this.keyed = keyed;
    }

    /**
     * Performs accesses outside of strands: before a run they are always the same, and after it the key is not used.
     */
    public static ScMemory unkeyed(BackingWords backing) {
        return new ScMemory(backing, false);
    }

    @Override
    public void begin(int strands) {
        // the whole state is in the words
    }

    @Override
    public int ways(int strand, Op op) {
        return op.kind != Op.Kind.WAIT || backing.get(op.address, op.bytes) != op.a ? 1 : 0;
    }

    @Override
    public long perform(int strand, Op op, int way) {
        switch (op.kind) {
            case FENCE -> {
                return 0;
            }
            case FILL -> {
                if (keyed) {
                    backing.fill(op.address, op.a, op.pattern());
                } else {
                    backing.fillUnkeyed(op.address, op.a, op.pattern());
                }
                return 0;
            }
            case STORE -> {
                set(op, op.stored(0));
                return 0;
            }
            case LOAD, WAIT -> {
                return backing.get(op.address, op.bytes);
            }
            case CAS, EXCHANGE, ADD, OR, AND -> {
                long found = backing.get(op.address, op.bytes);
                if (op.kind != Op.Kind.CAS || found == op.a) {
                    set(op, op.stored(found));
                }
                return found;
            }
        }
        throw new IllegalArgumentException("no access: " + op.kind);
    }

    private void set(Op op, long value) {
        if (keyed) {
            backing.set(op.address, op.bytes, value);
        } else {
            backing.setUnkeyed(op.address, op.bytes, value);
        }
    }

    @Override
    public boolean isLocal(int strand, Op op) {
        return op.kind == Op.Kind.FENCE;
    }

    @Override
    public boolean dependent(int strandA, Op a, int strandB, Op b) {
        return (a.writes() || b.writes()) && a.overlaps(b);
    }

    @Override
    public int events() {
        return 0;
    }

    @Override
    public long event(int index) {
        throw new IndexOutOfBoundsException(index);
    }

    @Override
    public void performEvent(long event) {
        throw new IllegalArgumentException("no event " + event);
    }

    @Override
    public boolean dependent(long event, int strand, Op op) {
        return true;
    }

    @Override
    public boolean dependent(long eventA, long eventB) {
        return true;
    }

    @Override
    public void mix(StateKey key) {
        backing.mix(key);
    }
}
