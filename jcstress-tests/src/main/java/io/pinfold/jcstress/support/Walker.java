package io.pinfold.jcstress.support;

import io.pinfold.core.epoch.LiveRef;
import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Counters;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.GupSession;
import java.util.function.BooleanSupplier;

/**
 * The walker's side of the tests of shipping code: a session, and what its statistics say about the last walk.
 *
 * <p>jcstress runs the walkers of all states on one thread at a time, from a pool of threads: each has a session, which
 * serves all states. The statistics are those of all sessions. They are read after the walk, and only if it returned
 * nothing, so that they do not change the timing of the race.
 */
public final class Walker {
    private static final ThreadLocal<GupSession> SESSION = ThreadLocal
            .withInitial(() -> GupSession.open(Machine.memory()));

    /** The slot of a session, for walks that take the session's steps one by one. */
    private static final ThreadLocal<SessionSlot> SLOT = ThreadLocal
            .withInitial(() -> Machine.slots().openForThread());

    private static final SharedSlot SHARED = Machine.slots().open(0);

    /**
     * Most pauses of a walk at an entry, or of a holder, so that it is still there after the other side's heavy fence,
     * which takes some microseconds.
     */
    private static final int LONGEST_STAY = 256;
    private static final int LONGER = 8;

    /** Most pauses before a walk begins; munmap is over by then. */
    private static final int LATEST = 64;

    private static final RollBack[] ROLL_BACKS = {RollBack.CHANGED_PTE, RollBack.CHANGED_PMD, RollBack.CHANGED_LEAF,
            RollBack.FORK_SEQ};

    private static long rollBacks;
    private static long zeros;
    private static long overflows;
    private static long holes;
    private static long denials;
    private static long forks;
    private static long outdated;
    private static long unshares;

    private static int late;
    private static int stay;

    private Walker() {
    }

    /**
     * Pauses a little longer each time, then not at all again: for a race against a mutator that needs a while to reach
     * its first step. Without it the walk would be over by then, and the two would hardly ever meet.
     */
    public static void comeLate() {
        late = (late + 1) % LATEST;
        for (int i = 0; i < late; i++) {
            Thread.onSpinWait();
        }
    }

    /**
     * Pins pages with pin_user_pages_fast_only.
     *
     * @return PINNED when all were pinned; else why the walk stopped: MISSED (no entry), DENIED (no permission),
     *         REFUSED (count 0, or the device is being removed), REFUSED_OVERFLOW (count negative), HELD_OFF (a fork is
     *         under way), ROLLED_BACK
     */
    public static String pin(Machine machine, long address, int pages) {
        try {
            int n = SESSION.get().pinUserPagesFastOnly(machine.space(), address, pages, GupOptions.WRITE,
                    machine.batch());
            return n == pages ? "PINNED" : reason(n);
        } catch (MemoryModelError e) {
            return corrupted(machine, e);
        }
    }

    /**
     * Pins pages for reading with pin_user_pages_fast_only: as {@link #pin}, or UNSHARE when a page is shared and would
     * have to be unshared first.
     */
    public static String pinToRead(Machine machine, long address, int pages) {
        try {
            int n = SESSION.get().pinUserPagesFastOnly(machine.space(), address, pages, GupOptions.READ,
                    machine.batch());
            return n == pages ? "PINNED" : reason(n);
        } catch (MemoryModelError e) {
            return corrupted(machine, e);
        }
    }

    /** Gets pages with get_user_pages_fast_only: FOUND when all were found, else as {@link #pin}. */
    public static String get(Machine machine, long address, int pages) {
        try {
            int n = SESSION.get().getUserPagesFastOnly(machine.space(), address, pages, GupOptions.READ,
                    machine.gets());
            return n == pages ? "FOUND" : reason(n);
        } catch (MemoryModelError e) {
            return corrupted(machine, e);
        }
    }

    /**
     * The outcome of a walk that threw because of what it read. It is forbidden, and not the end of the test: jcstress
     * swallows what actors throw while it warms up, and only a batch that was never finished would be seen.
     */
    private static String corrupted(Machine machine, MemoryModelError error) {
        if (!machine.batch().isHeld()) {
            Bridge.held(machine.batch()).abandon();
        }
        return "CORRUPTED " + String.valueOf(error.getMessage()).replaceAll("0x[0-9a-f]+|[0-9]+", "#");
    }

    /**
     * Pins a frame by its handle: PINNED, OUTDATED (the frame is in another life), or FROZEN (it has no references).
     */
    public static String pinByHandle(long handle) {
        if (SESSION.get().tryPin(handle) != FrameHandle.NONE) {
            return "PINNED";
        }
        long before = outdated;
        outdated = sum(Counters.of(RollBack.RECYCLED));
        return outdated > before ? "OUTDATED" : "FROZEN";
    }

    /** Takes a speculative reference as the walk does, inside a walker's slot; the token of the grab. */
    public static long grab(Machine machine, long pfn, int flags) {
        SHARED.enter();
        try {
            return Grab.trySpeculative(Bridge.core(Machine.memory()), pfn, 1, flags, machine.walkersFrees());
        } finally {
            SHARED.exit();
        }
    }

    /** Takes a speculative reference and gives it back, as a walk whose re-check fails: REFUSED, FREED or HELD. */
    public static String grabAndUndo(Machine machine, long pfn, int flags) {
        SHARED.enter();
        try {
            long token = Grab.trySpeculative(Bridge.core(Machine.memory()), pfn, 1, flags, machine.walkersFrees());
            if (token < 0) {
                return token == Grab.REFUSED_ZERO ? "REFUSED" : "REFUSED_" + token;
            }
            Grab.undo(Bridge.core(Machine.memory()), token, machine.walkersFrees());
        } finally {
            SHARED.exit();
        }
        return machine.walkersFrees().drain() == 0 ? "HELD" : "FREED";
    }

    /**
     * Takes a live reference on one stripe and puts it on another, each in a session's slot, as get_dev_pagemap does.
     * Holds it a little longer each time, then not at all again.
     */
    public static String getAndPut(long liveRef, BooleanSupplier released) {
        SessionSlot slot = SLOT.get();
        slot.enter();
        boolean got = LiveRef.tryGetLive(liveRef, 0); // LIVE1 LIVE2
        slot.exit();
        if (!got) {
            return "REFUSED";
        }
        stayLonger();
        pause();
        boolean tooEarly = released.getAsBoolean();
        slot.enter();
        LiveRef.put(liveRef, 1); // LIVE1 LIVE2, or LIVE3
        slot.exit();
        return tooEarly ? "RELEASED_UNDER_ME" : "GOT";
    }

    /**
     * Follows an entry to a table of empty entries and stays there, inside a session's slot: a little longer each time,
     * then not at all again.
     *
     * @param upper address of the entry
     * @return MISSED (no table), FOUND, or READ_FREED when an entry changed its value under the walk
     */
    public static String stay(long upper) {
        SessionSlot slot = SLOT.get();
        stayLonger();
        slot.enter(); // SLOT2 to SLOT4
        try {
            long entry = Entries.load(upper); // WALK3
            if (entry == Entry.NONE) {
                return "MISSED";
            }
            long lower = Bridge.core(Machine.memory()).frameAddress(Entry.pfn(entry));
            for (int i = 0; i < Geometry.ENTRIES; i++) {
                if (Entries.load(lower + (long) i * Long.BYTES) != Entry.NONE) { // WALK4
                    return "READ_FREED";
                }
                pause();
            }
            return "FOUND";
        } finally {
            slot.exit(); // SLOT6
        }
    }

    /**
     * Walks again and again, each time in a session's slot: an upper word that is not 0 leads to a lower word.
     *
     * @param most walks, if the upper word does not become 0
     * @return MISSED (the first walk found no link), MET (a later one), FOUND (all found the lower word clean), or
     *         READ_FREED
     */
    public static String walk(long upper, long lower, long clean, int most) {
        SessionSlot slot = SLOT.get();
        for (int walk = 0; walk < most; walk++) {
            slot.enter(); // SLOT2 to SLOT4
            boolean isLinked = Words.getLongVolatile(upper) != 0; // SLOT5
            boolean isClean = !isLinked || Words.getLongVolatile(lower) == clean;
            slot.exit(); // SLOT6
            if (!isLinked) {
                return walk == 0 ? "MISSED" : "MET";
            }
            if (!isClean) {
                return "READ_FREED";
            }
        }
        return "FOUND";
    }

    private static void stayLonger() {
        stay = (stay + LONGER) % LONGEST_STAY;
    }

    private static void pause() {
        for (int i = 0; i < stay; i++) {
            Thread.onSpinWait();
        }
    }

    private static String reason(int n) {
        long rolledBack = 0;
        for (RollBack step : ROLL_BACKS) {
            rolledBack += sum(Counters.of(step));
        }
        long refused = sum(Counters.of(FallBack.GRAB_ZERO)) + sum(Counters.of(FallBack.PAGEMAP));
        long overflowed = sum(Counters.of(FallBack.GRAB_OVERFLOW));
        long missed = sum(Counters.of(FallBack.NONE_PRESENT));
        long denied = sum(Counters.of(FallBack.PERMISSION));
        long forking = sum(Counters.of(FallBack.FORK_SEQ));
        long shared = sum(Counters.of(RollBack.UNSHARE));
        String reason = rolledBack > rollBacks ? "ROLLED_BACK"
                : refused > zeros ? "REFUSED"
                        : overflowed > overflows ? "REFUSED_OVERFLOW"
                                : missed > holes ? "MISSED"
                                        : denied > denials ? "DENIED"
                                                : forking > forks ? "HELD_OFF"
                                                        : shared > unshares ? "UNSHARE" : "STOPPED_" + n;
        rollBacks = rolledBack;
        zeros = refused;
        overflows = overflowed;
        holes = missed;
        denials = denied;
        forks = forking;
        unshares = shared;
        return reason;
    }

    private static long sum(int counter) {
        return Machine.slots().sum(counter);
    }
}
