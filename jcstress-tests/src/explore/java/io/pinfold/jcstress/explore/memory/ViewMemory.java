package io.pinfold.jcstress.explore.memory;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A memory with release and acquire by views, after the operational form of RC11: each word has its stores in an order,
 * each strand has seen a part of them, and a load returns any store that is not older than what its strand has seen
 * there. Stores pass on the view of their strand, acquiring loads join it.
 *
 * <p>Volatile loads read nothing older than the last volatile store to the word ({@link #total}), full fences join the
 * views of their strands. A store may enter the order of its word before the end, after the newest store that its
 * strand has seen ({@code inserting}). A read-modify-write comes directly after the store that it read. A failing CAS
 * is a load. A WAIT sees the newest store, because every store becomes visible in the end.
 *
 * <p>Loads take effect in program order: a load that is reordered after a later store never shows as a value. The race
 * check covers that case.
 */
public final class ViewMemory implements MemoryModel {
    private final BackingWords backing;
    private final boolean checked;
    private final boolean inserting;

    private int strands;
    private int run;
    private StrandView[] views = {};
    private int[] accesses = {};
    private final View total = new View();
    private Locations locations = new Locations();
    private final List<View> passed = new ArrayList<>();
    private int passedUsed;
    private RaceCheck raceCheck = new RaceCheck(0);
    private final FillLog fillLog = new FillLog();

    /**
     * Creates a memory in which nothing has happened.
     *
     * @param checked whether data races are violations
     * @param inserting whether a store may enter the order of its word before the end
     */
    public ViewMemory(BackingWords backing, boolean checked, boolean inserting) {
        this.backing = backing;
        this.checked = checked;
        this.inserting = inserting;
    }

    @Override
    public void begin(int newStrands) {
        if (strands != newStrands) {
            strands = newStrands;
            locations = new Locations();
            raceCheck = new RaceCheck(strands);
            accesses = new int[strands];
            views = new StrandView[strands];
            for (int strand = 0; strand < strands; strand++) {
                views[strand] = new StrandView(strand, checked);
            }
        }
        run++;
        for (int strand = 0; strand < strands; strand++) {
            views[strand].begin();
            accesses[strand] = 0;
        }
        total.clear();
        passedUsed = 0;
        raceCheck.clear();
        fillLog.clear();
    }

    // ---- in how many ways -------------------------------------------------------------------------------------------

    @Override
    public int ways(int strand, Op op) {
        if (op.kind == Op.Kind.FENCE || op.kind == Op.Kind.FILL) {
            return 1;
        }
        Location location = locate(strand, op);
        int last = location.last();
        if (op.kind == Op.Kind.WAIT) {
            return location.value(last) == op.a ? 0 : 1;
        }
        if (checked && op.mode == Op.Mode.PLAIN) {
            return 1; // the strand has the newest store, or it is a race
        }
        int oldest = oldest(strand, op, location);
        if (op.kind == Op.Kind.LOAD) {
            return last - oldest + 1;
        }
        int ways = 1;
        for (int place = last - 1; place >= oldest; place--) {
            ways += isOpen(location, place, op) ? 1 : 0;
        }
        return ways;
    }

    /** Whether the access may read that store, or come directly after it, although it is not the newest. */
    private boolean isOpen(Location location, int place, Op op) {
        long value = location.value(place);
        return op.kind == Op.Kind.CAS && value != op.a
                || inserting && !location.isClosed(place) && (op.kind != Op.Kind.ADD || (value & op.b) == 0);
    }

    private int oldest(int strand, Op op, Location location) {
        int known = views[strand].seen.get(location.index);
        return op.mode == Op.Mode.VOLATILE ? Math.max(known, total.get(location.index)) : known;
    }

    private int place(Location location, Op op, int way) {
        int place = location.last();
        if (op.kind == Op.Kind.LOAD) {
            return place - way;
        }
        for (int left = way; left > 0;) {
            left -= isOpen(location, --place, op) ? 1 : 0;
        }
        return place;
    }

    // ---- performing -------------------------------------------------------------------------------------------------

    @Override
    public long perform(int strand, Op op, int way) {
        int access = accesses[strand]++;
        StrandView view = views[strand];
        switch (op.kind) {
            case FENCE -> {
                view.fence(op.mode, total, strands);
                return 0;
            }
            case FILL -> {
                fill(strand, op, access);
                return 0;
            }
            default -> {
                Location location = locate(strand, op);
                int place = place(location, op, way);
                if (op.kind == Op.Kind.STORE) {
                    store(strand, op, location, place, null, 0, access);
                    return 0;
                }
                long found = location.value(place);
                View read = location.view(place);
                view.load(op.mode, location.index, place, read);
                if (checked && op.mode != Op.Mode.RACY) {
                    raceCheck.load(location.index - strands, op.address, strand, view.seen, op.mode == Op.Mode.PLAIN,
                            access);
                }
                if (op.isReadModifyWrite() && (op.kind != Op.Kind.CAS || found == op.a)) {
                    store(strand, op, location, place, read, found, access);
                }
                return found;
            }
        }
    }

    private void store(int strand, Op op, Location location, int after, @Nullable View read, long found, int access) {
        StrandView view = views[strand];
        int index = location.index;
        if (checked) {
            raceCheck.store(index - strands, op.address, strand, view.seen, op.mode == Op.Mode.PLAIN, access);
        }
        long value = op.stored(found);
        if (after == location.last()) {
            backing.set(op.address, op.bytes, value);
        } else {
            moveUp(index, after + 1);
        }
        View passes = view.store(op.mode, index, after + 1, read, newView());
        if (passes == null) {
            passedUsed--;
        }
        location.insert(after, value, passes, op.isReadModifyWrite());
        if (op.mode == Op.Mode.VOLATILE) {
            total.raise(index, after + 1);
        }
    }

    private View newView() {
        if (passedUsed == passed.size()) {
            passed.add(new View());
        }
        return passed.get(passedUsed++);
    }

    /** Inserts a store before the end: all views move later stores up by one place. */
    private void moveUp(int index, int from) {
        total.moveUp(index, from);
        for (StrandView view : views) {
            view.moveUp(index, from);
        }
        for (int number = 0; number < passedUsed; number++) {
            passed.get(number).moveUp(index, from);
        }
    }

    private void fill(int strand, Op op, int access) {
        StrandView view = views[strand];
        for (int number = 0; number < fillLog.count(); number++) {
            if (checked && fillLog.overlaps(number, op)
                    && fillLog.clock(number) > view.seen.get(fillLog.strand(number))) {
                throw new DataRace("plain store and plain store are not ordered", op.address, fillLog.strand(number),
                        fillLog.access(number), strand);
            }
        }
        View passes = view.fill(newView());
        if (passes == null) {
            passedUsed--;
        }
        fillLog.add(op, strand, view.seen.get(strand), access, passes, backing);
        for (int number = 0; number < locations.size(); number++) {
            Location location = locations.get(number);
            if (location.isOf(run) && op.overlaps(location.address, location.bytes())) {
                int last = location.last();
                if (checked) {
                    raceCheck.store(location.index - strands, location.address, strand, view.seen, true, access);
                }
                location.insert(last, fillLog.value(fillLog.count() - 1, location.bytes()), passes, false);
                view.seen.raise(location.index, last + 1);
            }
        }
        backing.fill(op.address, op.a, op.pattern());
    }

    // ---- words ------------------------------------------------------------------------------------------------------

    private Location locate(int strand, Op op) {
        Location location = locations.find(op.address);
        if (location == null) {
            location = locations.add(op.address, strands + locations.size());
        }
        if (!location.isOf(run)) {
            begin(location, op.bytes);
        } else if (location.bytes() != op.bytes) {
            throw new IllegalStateException(
                    "the word at " + op.address + " is accessed with " + location.bytes() + " and with " + op.bytes
                            + " bytes, by strand " + strand);
        }
        return location;
    }

    /**
     * Makes the location at the first access of this run to a word: its stores are the initial value and those of
     * FILLs.
     */
    private void begin(Location location, int bytes) {
        long address = location.address;
        int first = 0;
        while (first < fillLog.count() && !fillLog.covers(first, address)) {
            first++;
        }
        boolean filled = first < fillLog.count();
        location.begin(run, bytes, filled ? fillLog.before(first, address, bytes) : backing.get(address, bytes));
        for (int number = first; number < fillLog.count(); number++) {
            if (fillLog.covers(number, address)) {
                location.insert(location.last(), fillLog.value(number, bytes), fillLog.passed(number), false);
                known(location, fillLog.strand(number), fillLog.clock(number));
                raceCheck.filled(location.index - strands, fillLog.strand(number), fillLog.clock(number),
                        fillLog.access(number));
            }
        }
    }

    private void known(Location location, int strand, int clock) {
        for (StrandView view : views) {
            view.knows(location.index, location.last(), strand, clock);
        }
        for (int number = 0; number < passedUsed; number++) {
            passed.get(number).knows(location.index, location.last(), strand, clock);
        }
    }

    // ---- queries of the search --------------------------------------------------------------------------------------

    @Override
    public boolean isLocal(int strand, Op op) {
        return op.kind == Op.Kind.FENCE && op.mode != Op.Mode.VOLATILE;
    }

    @Override
    public boolean dependent(int strandA, Op a, int strandB, Op b) {
        boolean fenceA = a.kind == Op.Kind.FENCE;
        boolean fenceB = b.kind == Op.Kind.FENCE;
        if (fenceA || fenceB) {
            return a.mode == Op.Mode.VOLATILE && b.mode == Op.Mode.VOLATILE;
        }
        return (a.writes() || b.writes()) && a.overlaps(b);
    }

    @Override
    public int events() {
        return 0;
    }

    @Override
    public long event(int index) {
        throw new IndexOutOfBoundsException("a memory of views has no events");
    }

    @Override
    public void performEvent(long event) {
        throw new IllegalStateException("a memory of views has no events");
    }

    @Override
    public boolean dependent(long event, int strand, Op op) {
        throw new IllegalStateException("a memory of views has no events");
    }

    @Override
    public boolean dependent(long eventA, long eventB) {
        throw new IllegalStateException("a memory of views has no events");
    }

    @Override
    public void mix(StateKey key) {
        backing.mix(key);
        for (StrandView view : views) {
            view.mix(key);
        }
        key.mix(total.hash());
        key.mix(raceCheck.hash());
        fillLog.mix(key);
        for (int number = 0; number < locations.size(); number++) {
            Location location = locations.get(number);
            if (location.isOf(run) && location.last() > 0) {
                location.mix(key, readableBy(location.index));
            }
        }
    }

    /** The oldest store that any strand may still read. */
    private int readableBy(int index) {
        int oldest = Integer.MAX_VALUE;
        for (StrandView view : views) {
            oldest = Math.min(oldest, view.seen.get(index));
        }
        return oldest;
    }
}
