package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.MemoryModel;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.memory.ScMemory;
import io.pinfold.jcstress.explore.memory.StateKey;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides for each access of a running strand whether it is a scheduling point, at which other strands may get a turn,
 * or concerns no other strand and is done at once.
 */
final class SchedulingPoints {
    /**
     * After so many accesses without a scheduling point, one has one: others must get their turn, or a loop would never
     * end.
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
     * Performs accesses to words that nobody shares. They are in the key all the same: heap that strands share without
     * a lock may have had a say in what they hold.
     */
    private final ScMemory quiet;
    /** Where the access stands that a strand makes after a certain history. */
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

    /** Which words strands share, as far as runs have shown. */
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

    /**
     * Where the access stands that a strand, which is running, is about to make. What it did so far and its results
     * tell.
     */
    List<Site> site(Strand strand) {
        long history = StateKey.hash(strand.high, (long) strand.accesses << Byte.SIZE | strand.index);
        List<Site> known = sites.get(history);
        if (known == null) {
            known = Site.here(); // not by computeIfAbsent, whose frame would be the first that is not the explorer's
            sites.put(history, known);
        }
        return known;
    }

    /** Whether strands shall tell where their accesses stand. */
    boolean isTracing() {
        return recording.isOn();
    }

    /** Whether the access a strand is about to make needs no scheduling point. */
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

    /** Whether the access is the taking of a lock that somebody holds. */
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

    /** Whether the access a strand is about to make concerns nobody else. */
    boolean isAtOnce(Strand strand) {
        return strand.lockMask == 0 && model.isLocal(strand.index, strand.op);
    }

    long performAtOnce(Strand strand) {
        long result = model.perform(strand.index, strand.op, 0);
        recording.trace(strand, result, 0, true);
        return result;
    }
}
