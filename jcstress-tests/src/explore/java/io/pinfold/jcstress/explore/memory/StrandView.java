package io.pinfold.jcstress.explore.memory;

import org.jspecify.annotations.Nullable;

/** The views of one strand: the three views of C11's thread state. */
final class StrandView {
    private final int strand;
    private final boolean clocked;
    /** The current view: the strand's loads return nothing older. */
    final View seen = new View();
    /** The view that an acquire fence would join: all that its loads, opaque ones too, have read. */
    private final View pending = new View();
    /** The view that its opaque stores pass on: its view at its last release fence. */
    final View fenced = new View();

    StrandView(int strand, boolean clocked) {
        this.strand = strand;
        this.clocked = clocked;
    }

    void begin() {
        seen.clear();
        pending.clear();
        fenced.clear();
        tick();
    }

    /** Begins a new clock: later accesses are ordered only by the next release. */
    private void tick() {
        if (clocked) {
            seen.set(strand, seen.get(strand) + 1);
        }
    }

    /** Reads a store. A plain load joins no view; a racy one does so at the next acquire fence. */
    void load(Op.Mode mode, int location, int place, @Nullable View passed) {
        if (mode == Op.Mode.PLAIN) {
            return;
        }
        (mode == Op.Mode.RACY ? pending : seen).raise(location, place);
        if (passed != null) {
            (mode == Op.Mode.ACQUIRE || mode == Op.Mode.VOLATILE ? seen : pending).join(passed, 0);
        }
    }

    /**
     * Stores at a place.
     *
     * @param read the view of the store that it read, if this is a read-modify-write
     * @return {@code passed}, filled with the view that the store passes on, or null without one
     */
    @Nullable
    View store(Op.Mode mode, int location, int place, @Nullable View read, View passed) {
        seen.raise(location, place);
        boolean releases = mode == Op.Mode.RELEASE || mode == Op.Mode.VOLATILE;
        passed.copy(releases ? seen : fenced);
        if (read != null) {
            passed.join(read, 0);
        }
        if (releases) {
            tick();
        }
        return passed.isEmpty() ? null : passed;
    }

    /**
     * Fills a block, by plain stores.
     *
     * @return {@code passed}, filled with the view that the stores pass on, or null without one
     */
    @Nullable
    View fill(View passed) {
        passed.copy(fenced);
        return passed.isEmpty() ? null : passed;
    }

    /** Makes a fence; a full one also takes part in the one order of full fences and volatile accesses. */
    void fence(Op.Mode mode, View total, int firstLocation) {
        if (mode != Op.Mode.RELEASE) {
            seen.join(pending, 0);
        }
        if (mode == Op.Mode.VOLATILE) {
            seen.join(total, firstLocation);
            total.join(seen, firstLocation);
        }
        if (mode != Op.Mode.ACQUIRE) {
            fenced.join(seen, 0);
            tick();
        }
    }

    /** Makes room in the views for a store that has entered a location's order at a place. */
    void moveUp(int location, int from) {
        seen.moveUp(location, from);
        pending.moveUp(location, from);
        fenced.moveUp(location, from);
    }

    /** Adds a location with stores: a view that has a given clock of a strand has its stores up to a place. */
    void knows(int location, int place, int byStrand, int clock) {
        seen.knows(location, place, byStrand, clock);
        pending.knows(location, place, byStrand, clock);
        fenced.knows(location, place, byStrand, clock);
    }

    void mix(StateKey key) {
        key.mix(seen.hash());
        key.mix(pending.hash());
        key.mix(fenced.hash());
    }
}
