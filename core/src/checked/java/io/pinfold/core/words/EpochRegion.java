package io.pinfold.core.words;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The epoch of a memory, and what is behind it. Finds the slots of the same memory: they lie in the same arena. */
final class EpochRegion extends ControlRegion {
    static final String WHAT = "epoch and counters of walkers";
    private static final Map<Arena, EpochRegion> OF_ARENA = new WeakHashMap<>(); // guarded by itself

    private static final int DEPTH = 6;
    private static final StackWalker WALKER = StackWalker.getInstance(Set.of(), DEPTH);
    /** Advances the epoch because something was taken away; others do for an end of their own. */
    private static final String FLUSH = "io.pinfold.core.mm.space.TlbFlush";

    private final List<SlotRegion> chunks = new CopyOnWriteArrayList<>();

    EpochRegion(Arena arena, long address, long bytes) {
        super(WHAT, address, bytes);
        synchronized (OF_ARENA) {
            OF_ARENA.put(arena, this);
        }
    }

    /** A chunk of slots in {@code arena}, which the epoch there knows. */
    static SlotRegion chunk(Arena arena, long address, long bytes) {
        SlotRegion chunk = new SlotRegion(address, bytes);
        @Nullable EpochRegion epoch;
        synchronized (OF_ARENA) {
            epoch = OF_ARENA.get(arena);
        }
        if (epoch != null) {
            epoch.chunks.add(chunk);
        }
        return chunk;
    }

    void addOpenSlots(long space, Map<Long, Long> words) {
        chunks.forEach(chunk -> chunk.addOpen(space, words));
    }

    @Override
    void after(Access access, long at, long operand, long next, long found) {
        if (access == Access.ADD && at == address) {
            FlushLedger.advanced(this, found);
        }
    }

    /** Whether the calling thread is in a flush. */
    static boolean isFlush() {
        return WALKER.walk(frames -> frames.limit(DEPTH)
                .anyMatch(frame -> frame.getClassName().equals(FLUSH)));
    }
}
