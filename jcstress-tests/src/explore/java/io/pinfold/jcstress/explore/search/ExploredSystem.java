package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.BackingWords;
import io.pinfold.jcstress.explore.memory.MemoryModel;
import io.pinfold.jcstress.explore.memory.Models;
import io.pinfold.jcstress.explore.scenario.Scenario;
import java.util.List;
import java.util.Set;

/**
 * The state that all runs of a search share: the scenario's world as it was built, and the memory. Each run begins with
 * both restored, also after an abandoned run.
 */
final class ExploredSystem {
    private static final int MOST_STRANDS = 8;

    final Scenario scenario;
    final Mode mode;
    final BackingWords backing = new BackingWords();
    final MemoryModel model;
    final Scenario.World world;
    final List<String> names;
    private final Set<String> allowed;
    private final long lockMark;
    private final HeapSnapshot heap;

    /** Builds the scenario; from here on this search performs all accesses. */
    ExploredSystem(Scenario scenario, Mode mode) {
        this.scenario = scenario;
        this.mode = mode;
        model = Models.of(mode, backing);
        world = scenario.build();
        names = List.copyOf(world.strands());
        if (names.isEmpty() || names.size() > MOST_STRANDS) {
            throw new IllegalArgumentException(names.size() + " strands; 1 to " + MOST_STRANDS + " can be explored");
        }
        allowed = Set.copyOf(scenario.allowed());
        lockMark = LockWords.mark();
        AccessGate.open(backing);
        heap = new HeapSnapshot(world);
    }

    /** Begins a run. */
    void reset() {
        backing.undo();
        heap.restore();
        LockWords.reset(lockMark);
        model.begin(names.size());
    }

    boolean allows(String outcome) {
        return allowed.contains(outcome);
    }

    /** Ends the search. */
    void close() {
        backing.undo();
        heap.restore();
        AccessGate.close();
        world.close();
    }
}
