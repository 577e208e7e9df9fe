package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** The drawing of one call's arguments: choices that several arguments share, and objects claimed for the call. */
final class Draw {
    private record Claim<T>(Pool<T> pool, T item) {
        void undo() {
            pool.add(item);
        }
    }

    final Actor actor;
    final World world;
    final RandomGenerator random;
    final Call call;
    private final List<Claim<?>> claims = new ArrayList<>();
    private final List<Runnable> ends = new ArrayList<>();
    /** The space that the range must be in, once it is chosen. */
    AddressSpace space;
    private Range range;
    private long offset;
    /** Numbers that arguments drawn earlier leave for those drawn later. */
    long first;
    long second;
    Object chosen;
    /** The duel of which the call is one side, or null. */
    Duel duel;
    /** Whether the arguments were drawn; otherwise they were given. */
    boolean isDrawn;

    Draw(Actor actor, Call call) {
        this.actor = actor;
        this.world = actor.world;
        this.random = actor.random;
        this.call = call;
    }

    PhysicalMemory memory() {
        return world.memory;
    }

    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    /** Takes an object out of its pool for this call; it goes back if the call is refused, or is not made with it. */
    <T> T claim(Pool<T> pool) {
        T item = pool.claim(random);
        if (item != null) {
            claims.add(new Claim<>(pool, item));
        }
        return item;
    }

    /** Takes this one object out of its pool for this call; null if another thread took it. */
    <T> T claim(Pool<T> pool, T item) {
        if (!pool.remove(item)) {
            return null;
        }
        claims.add(new Claim<>(pool, item));
        return item;
    }

    void undoClaims() {
        claims.forEach(Claim::undo);
        claims.clear();
    }

    /** Adds an action for the end of the call, however it ends. */
    void atEnd(Runnable end) {
        ends.add(end);
    }

    void end() {
        ends.reversed().forEach(Runnable::run);
        ends.clear();
    }

    /** Gives back objects that the call was not made with in the end. */
    void undoClaimsBut(Object target, Object[] arguments) {
        claims.removeIf(claim -> {
            boolean isUsed = claim.item == target || claim.item == chosen;
            for (Object argument : arguments) {
                isUsed |= Objects.equals(argument, claim.item);
            }
            if (!isUsed) {
                claim.undo();
            }
            return !isUsed;
        });
    }

    /** One of the thread's own objects, made if there is none. */
    <T> T own(Class<T> type) {
        if (Hostility.RACE.strikes(random) && Hostility.mayStrike(call.key)) {
            Actor victim = world.actors.get(random.nextInt(world.actors.size()));
            Object theirs = victim.own(type).pick(random);
            if (theirs != null) {
                return type.cast(theirs);
            }
        }
        return type.cast(actor.pickOrMake(actor.own(type), type));
    }

    /** An object that all threads use, made if there is none. */
    <T> T live(Class<T> type) {
        return type.cast(actor.pickOrMake(world.live(type), type));
    }

    // ---- ranges --------------------------------------------------------------------------------------------------

    /** A mapping of the space that was chosen, or of any; made if there is none. */
    Range range() {
        return range(candidate -> true);
    }

    Range range(Predicate<Range> what) {
        if (range != null) {
            return range;
        }
        for (int i = 0; range == null && i < 40; i++) {
            Range one = world.ranges.pick(random);
            if (one == null) {
                break;
            }
            if ((space == null || one.space() == space) && what.test(one)) {
                range = one;
            }
        }
        if (range == null) {
            range = actor.map(space != null ? space : live(AddressSpace.class), what);
        }
        if (range != null) {
            space = range.space();
            offset = random.nextLong(range.pages()) << 12;
        }
        return range;
    }

    /** Draws an address in a page of the range. */
    long address() {
        return range() == null ? 0x10000 : range.start() + offset;
    }

    /** Draws a number of bytes from {@link #address} on within the range, mostly small. */
    long bytes() {
        if (range() == null) {
            return 4096;
        }
        long most = range.bytes() - offset;
        return oneIn(6) ? most : Math.min(most, 1 + random.nextLong(16) << 12);
    }

    int pages() {
        return (int) Math.min(Math.max(bytes() >>> 12, 1), 1024);
    }

    void finding(String kind, String detail) {
        world.actors.getFirst().findings.add(call.key + ": " + kind, detail, null);
    }
}
