package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.MemoryModel;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.memory.ScMemory;
import io.pinfold.jcstress.explore.memory.StateKey;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides for each access of a running strand whether it is a scheduling point, at which other strands may run, or
 * concerns no other strand and is done at once.
 */
final class SchedulingPoints {
    /**
     * The most accesses in a row without a scheduling point: other strands must run, because otherwise a loop would
     * never end.
     */
    private static final int MOST_QUIET = 1 << 16;

    private final ExploredSystem system;
    private final MemoryModel model;
    private final boolean quietWords;
    private final @Nullable AccessInterceptor interceptor;
    private final RunRecording recording;
    private final SearchCounts counts;
    private final WordSharing sharing = new WordSharing();
    /**
     * Performs accesses to unshared words. These words are part of the key nevertheless: their values may depend on
     * heap that strands share without a lock.
     */
    private final ScMemory quiet;
    /** The site of the access that a strand makes after a certain history. */
    private final Long2ObjectHashMap<List<Site>> sites = new Long2ObjectHashMap<>();

    SchedulingPoints(ExploredSystem system, Limits limits, @Nullable AccessInterceptor interceptor,
            RunRecording recording, SearchCounts counts) {
        this.system = system;
        this.model = system.model;
        this.quietWords = limits.quietWords();
        this.interceptor = interceptor;
        this.recording = recording;
        this.counts = counts;
        this.quiet = new ScMemory(system.backing);
    }

    /** The words that strands share, as far as runs have shown. */
    WordSharing sharing() {
        return sharing;
    }

    /** Whether no run of the search has ended yet. */
    boolean isFirstRun() {
        return counts.runs == 0;
    }

    @Nullable
    AccessInterceptor interceptor() {
        return interceptor;
    }

    String strandName(int index) {
        return system.names.get(index);
    }

    /** The site of the next access of the running strand. Its earlier accesses and their results determine the site. */
    List<Site> site(Strand strand) {
        long history = StateKey.hash(strand.high, (long) strand.accesses << Byte.SIZE | strand.index);
        List<Site> known = sites.get(history);
        if (known == null) {
            known = Site.here(); // not by computeIfAbsent, whose frame would be the first outside of the explorer
            sites.put(history, known);
        }
        return known;
    }

    /** Whether strands record the sites of their accesses. */
    boolean isTracing() {
        return recording.isOn();
    }

    /** Whether the next access of a strand needs no scheduling point. */
    boolean isQuiet(Strand strand) {
        counts.accesses++;
        Op op = strand.op;
        if (op.kind == Op.Kind.FENCE || !quietWords) {
            return false;
        }
        ScheduleCursor cursor = recording.cursor();
        boolean isQuiet = cursor != null ? cursor.isQuiet(strand.index) : sharing.isQuiet(strand.index, op);
        if (isQuiet && (isLocked(strand)
                || op.kind == Op.Kind.WAIT && system.backing.get(op.address, op.bytes) == op.a
                || model.holds(strand.index, op) || strand.quietInARow > MOST_QUIET)) {
            isQuiet = false;
        }
        strand.quietInARow = isQuiet ? strand.quietInARow + 1 : 0;
        recording.access(strand, isQuiet);
        return isQuiet;
    }

    /** Whether the access takes a lock that is held. */
    boolean isLocked(Strand strand) {
        Op op = strand.op;
        return strand.lockMask != 0 && (system.backing.get(op.address, op.bytes) & strand.lockMask) != 0;
    }

    boolean drains(Strand strand) {
        return model.drains(strand.index, strand.op);
    }

    long performQuietly(Op op) {
        return quiet.perform(0, op, 0);
    }

    /** Whether the next access of a strand concerns no other strand. */
    boolean isAtOnce(Strand strand) {
        return strand.lockMask == 0 && model.isLocal(strand.index, strand.op);
    }

    long performAtOnce(Strand strand) {
        long result = model.perform(strand.index, strand.op, 0);
        recording.trace(strand, result, 0, true);
        return result;
    }
}
