package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.pgtable.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Whether calls flush when they must, and only then. Around each call it compares the entries of the addresses it
 * watches, and the epoch: if an entry or a permission is gone, the epoch has advanced and the call has waited for the
 * accesses of the space; if no entry has changed and no table is gone, the epoch stands where it stood.
 *
 * <p>A call that only gave permissions, or split a leaf, may do either.
 */
final class FlushOracle {
    /** How often a call gets a chance not to wait for an access; a right one waits, however often. */
    private static final int LOOKS = 40;
    private static final long BITS_OF_ACCESSES = Entry.ACCESSED | Entry.DIRTY;

    private record Place(AddressSpace space, long address) {
    }

    /** An entry with the frame it maps there, and what else tells whether a table went. */
    private record Seen(long[] entries, long[] frames, long advances, long tables, long retired) {
    }

    private enum Change {
        NOTHING, ENTRIES, TAKEN_AWAY
    }

    private final PhysicalMemory memory;
    private final MemoryCore core;
    private final List<Place> places = new ArrayList<>();
    private String taken = "";

    FlushOracle(PhysicalMemory memory) {
        this.memory = memory;
        this.core = Bridge.core(memory);
    }

    /** From now on watches the entry over {@code address}. */
    void watch(AddressSpace space, long address) {
        places.add(new Place(space, address));
    }

    /** Runs a call, and checks the epoch. */
    void check(Runnable call) {
        Seen before = look();
        call.run();
        check(before);
    }

    /** Runs a call on a thread of its own while an access of {@code space} goes on, which it has to wait for. */
    void checkWaits(AddressSpace space, Runnable call) {
        Seen before = look();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(call);
        thread.setUncaughtExceptionHandler((_, thrown) -> failure.set(thrown));
        thread.setDaemon(true);
        SharedSlot access = core.slots().open(space.id());
        boolean isWaiting;
        access.enter();
        try {
            thread.start();
            while (thread.isAlive() && core.slots().advances() == before.advances) {
                Thread.yield();
            }
            for (int look = 0; look < LOOKS && thread.isAlive(); look++) {
                Thread.yield();
            }
            isWaiting = thread.isAlive();
        } finally {
            access.exit();
            join(thread);
            access.close();
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        if (check(before) == Change.TAKEN_AWAY) {
            assertThat(isWaiting).as("the call waits for an access, because it took away %s", taken).isTrue();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Change check(Seen before) {
        Seen now = look();
        boolean isAdvanced = now.advances != before.advances;
        Change change = change(before, now);
        if (change == Change.TAKEN_AWAY) {
            assertThat(isAdvanced).as("the epoch advances, because the call took away %s", taken).isTrue();
        } else if (change == Change.NOTHING) {
            assertThat(isAdvanced).as("the epoch advances although the call took nothing away").isFalse();
        }
        return change;
    }

    private Change change(Seen before, Seen now) {
        Change change = now.tables < before.tables || now.retired > before.retired ? Change.ENTRIES : Change.NOTHING;
        for (int i = 0; i < places.size(); i++) {
            long old = before.entries[i];
            long entry = now.entries[i];
            if (isTakenAway(old, entry) || Entry.isPresent(old) && before.frames[i] != now.frames[i]) {
                taken = Entry.describe(old) + " at 0x" + Long.toHexString(places.get(i).address) + ", now "
                        + Entry.describe(entry);
                return Change.TAKEN_AWAY;
            }
            if (((old ^ entry) & ~BITS_OF_ACCESSES) != 0 && old != Entry.NONE) {
                change = Change.ENTRIES;
            }
        }
        return change;
    }

    private static boolean isTakenAway(long old, long now) {
        long lost = old & ~now & (Entry.PRESENT | Entry.WRITE | Entry.USER);
        return Entry.isPresent(old) && (lost != 0 || !Entry.isPresent(now));
    }

    private Seen look() {
        long[] entries = new long[places.size()];
        long[] frames = new long[places.size()];
        for (int i = 0; i < entries.length; i++) {
            Place place = places.get(i);
            entries[i] = place.space.entryAt(place.address);
            frames[i] = place.space.frameAt(place.address);
        }
        VmStat stat = memory.vmStat();
        return new Seen(entries, frames, stat.epochsAdvanced(), stat.tableFrames(), stat.retiredTables());
    }
}
