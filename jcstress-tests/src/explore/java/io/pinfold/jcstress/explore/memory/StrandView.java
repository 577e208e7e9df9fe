package io.pinfold.jcstress.explore.memory;

import org.jspecify.annotations.Nullable;

/** What one strand has seen, and what its fences turn into order: the three views of C11's thread state. */
final class StrandView {
    private final int strand;
    private final boolean clocked;
    /** What it has seen: its loads return nothing older. */
    final View seen = new View();
    /** What an acquire fence would make it see: all that its loads, opaque ones too, came by. */
    private final View pending = new View();
    /** What its opaque stores pass on: all it had seen at its last release fence. */
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

    /** What happens from now on is ordered only by the next release. */
    private void tick() {
        if (clocked) {
            seen.set(strand, seen.get(strand) + 1);
        }
    }

    /** It reads a store. A plain load learns nothing. */
    void load(Op.Mode mode, int location, int place, @Nullable View passed) {
        if (mode == Op.Mode.PLAIN) {
            return;
        }
        seen.raise(location, place);
        if (passed != null) {
            (mode == Op.Mode.ACQUIRE || mode == Op.Mode.VOLATILE ? seen : pending).join(passed, 0);
        }
    }

    /**
     * It stores at a place.
     *
     * @param read what the store it read passes on, if this is a read-modify-write
     * @return {@code passed}, filled with what it passes on, or null if that is nothing
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

    /** A fence; a full one also takes part in the one order of full fences and volatile accesses. */
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

    /** A store has entered a location's order at a place. */
    void moveUp(int location, int from) {
        seen.moveUp(location, from);
        pending.moveUp(location, from);
        fenced.moveUp(location, from);
    }

    /** A location begins with stores that who knows a clock of a strand knows up to a place. */
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
