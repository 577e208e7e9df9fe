package io.pinfold.hwmodel.fuzz;

import static io.pinfold.hwmodel.fuzz.Gens.HANDLES;
import static io.pinfold.hwmodel.fuzz.Gens.PFN;

import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.fastpath.GupSession;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.random.RandomGenerator;

/** Calls on frames by handle: owners, takers, and unowned releases that are certain to be detected. */
final class HandleCalls {
    /** A handle that a taker may try: published, ended, of another life, or of a page that a batch holds. */
    private static final Gen TRIED = Gen.exact(draw -> switch (draw.random.nextInt(12)) {
        case 0 -> over(draw);
        case 1 -> otherLife(draw);
        case 2 -> heldByBatch(draw);
        default -> need(draw, draw.world.handles);
    });

    /** A handle for calls that end a hold: a number of this memory could name a frame of the other memory, too. */
    private static final Gen OUR_HANDLES = Gen.exact(draw -> draw.oneIn(16) && Hostility.DEAD.isOn()
            ? draw.world.closed.handles()
            : draw.memory().handles());

    private HandleCalls() {
    }

    static void add(Calls calls) {
        Class<FrameHandles> type = FrameHandles.class;
        calls.add(type, "allocate()", HANDLES).succeeds(HandleCalls::isHandle).then(HandleCalls::allocated).weight(4);
        calls.add(type, "allocate(int,int)", HANDLES, Gens.below(2), Gens.below(2)).succeeds(HandleCalls::isHandle)
                .then(HandleCalls::allocated);
        calls.add(type, "allocateProtected()", HANDLES).succeeds(HandleCalls::isHandle).then(HandleCalls::allocated)
                .weight(3);
        calls.add(type, "allocateProtected(int,int)", HANDLES, Gens.below(2), Gens.below(2))
                .succeeds(HandleCalls::isHandle).then(HandleCalls::allocated);
        calls.add(type, "reclaim()", HANDLES);
        calls.add(type, "waiting()", HANDLES);
        calls.add(type, "handleOf(long)", HANDLES, PFN);
        calls.add(type, "tryFreeze(long)", OUR_HANDLES, owned(false)).whenTrue()
                .then((draw, target, arguments, result) -> {
                    if (draw.world.owners != draw.chosen) {
                        return; // of the only holder: other threads may be thawing it already
                    }
                    draw.world.frozen.add((Long) arguments[0]);
                }).weight(6);
        calls.add(type, "tryRecycle(long)", OUR_HANDLES, owned(false)).succeeds(HandleCalls::isHandle)
                .then((draw, target, arguments, result) -> {
                    ended(draw, target, arguments, result);
                    allocated(draw, target, arguments, result);
                }).weight(6);
        calls.add(type, "unfreeze(long)", OUR_HANDLES, owned(true)).then((draw, target, arguments, result) -> {
            if (draw.chosen == draw.world.frozen) {
                draw.world.owners.add((Long) arguments[0]);
            }
        }).weight(4);
        calls.add(type, "free(long)", OUR_HANDLES, owned(true)).then(HandleCalls::ended).weight(4);
        calls.add(type, "put(long)", OUR_HANDLES, Gen.exact(HandleCalls::aHold)).then(HandleCalls::ended).weight(4);
        calls.add(type, "unpin(long)", OUR_HANDLES, Gen.exact(HandleCalls::aPin)).then(HandleCalls::ended).weight(4);
        calls.add(type, "unpinDirty(long)", OUR_HANDLES, Gen.exact(HandleCalls::aPin)).then(HandleCalls::ended)
                .weight(2);
        calls.add(type, "unpinAll(long[])", OUR_HANDLES, HandleCalls::onePin)
                .then((draw, target, arguments, result) -> {
                    if (draw.chosen instanceof Long pin) {
                        ended(draw, target, new Object[]{pin}, result);
                    }
                });
        calls.add(type, "view(long,Arena)", OUR_HANDLES,
                Gen.exact(draw -> draw.oneIn(16) ? over(draw)
                        : draw.claim(draw.random.nextBoolean() ? draw.world.gets : draw.world.pins)),
                HandleCalls::arena)
                .then(HandleCalls::look);
        calls.add(type, "tryGet(long)", HANDLES, TRIED).whenTrue().then(HandleCalls::got).weight(4);
        calls.add(type, "tryPin(long)", HANDLES, TRIED).succeeds(HandleCalls::isHandle).then(HandleCalls::pinned)
                .weight(4);
        calls.add(type, "tryPinAll(long[],long[])", HANDLES, HandleCalls::several,
                draw -> new long[draw.random.nextInt(6)]).then(HandleCalls::allPinned).weight(2);
        addReads(calls, type);
        addScopes(calls);
        calls.add(GupSession.class, "tryGet(long)", Gens.own(GupSession.class), TRIED).whenTrue()
                .then(HandleCalls::got).weight(4);
        calls.add(GupSession.class, "tryPin(long)", Gens.own(GupSession.class), TRIED)
                .succeeds(HandleCalls::isHandle).then(HandleCalls::pinned).weight(4);
    }

    /** Reads without a hold, and writes that they notice. */
    private static void addReads(Calls calls, Class<FrameHandles> type) {
        Gen word = draw -> (long) Long.BYTES * draw.random.nextInt(512);
        Gen stamp = draw -> draw.oneIn(2) ? Long.valueOf(1L << 62 | draw.random.nextInt(8)) : Gens.NUMBER.draw(draw);
        calls.add(type, "readLong(long,long,long)", HANDLES, TRIED, word, Gens.NUMBER).weight(4);
        calls.add(type, "copyOut(long,long,MemorySegment)", HANDLES, TRIED, word,
                draw -> MemorySegment.ofArray(new byte[draw.random.nextInt(64)])).weight(2);
        calls.add(type, "tryRead(long)", HANDLES, TRIED).succeeds(HandleCalls::isHandle);
        calls.add(type, "peekLong(long,long)", HANDLES, TRIED, word);
        calls.add(type, "validate(long,long)", HANDLES, TRIED, stamp);
        calls.add(type, "beginWrite(long)", HANDLES, TRIED).then(HandleCalls::written);
        calls.add(type, "endWrite(long,long)", HANDLES, HandleCalls::begun,
                draw -> draw.chosen instanceof Long begun ? begun : stamp.draw(draw));
    }

    /** Reads in a scope, which mostly begins before the call and ends after it. */
    private static void addScopes(Calls calls) {
        Class<GupSession> type = GupSession.class;
        Gen word = draw -> (long) Long.BYTES * draw.random.nextInt(512);
        calls.add(type, "beginScope()", Gens.own(type)).then(HandleCalls::leave);
        calls.add(type, "endScope()", HandleCalls::inScope);
        calls.add(type, "renewScope()", HandleCalls::inScope).then(HandleCalls::leave);
        calls.add(type, "isReadable(long)", HandleCalls::inScope, TRIED).then(HandleCalls::leave).weight(4);
        calls.add(type, "readLong(long,long)", HandleCalls::inScope, TRIED, word).then(HandleCalls::leave).weight(7);
        calls.add(type, "copyOut(long,long,MemorySegment)", HandleCalls::inScope, TRIED, word,
                draw -> MemorySegment.ofArray(new byte[draw.random.nextInt(64)])).then(HandleCalls::leave).weight(6);
    }

    private static Object inScope(Draw draw) {
        GupSession session = draw.own(GupSession.class);
        if (session != null && !draw.oneIn(4)) {
            draw.atEnd(() -> endScope(session)); // also of a call that throws
            try {
                session.beginScope();
            } catch (IllegalStateException e) {
                // another thread's, closed, or inside its scope already
            }
        }
        return session;
    }

    /** Ends the scope that the call began: a session that is given up inside one would keep the memory open. */
    private static void leave(Draw draw, Object target, Object[] arguments, Object result) {
        endScope((GupSession) target);
    }

    /** Ends a session's scope if there is one that this thread may end. */
    static void endScope(GupSession session) {
        try {
            session.endScope();
        } catch (IllegalStateException e) {
            // none is open, or it is another thread's
        }
    }

    /** A handle; mostly of a frame to which a write has begun, whose stamp is chosen then. */
    private static Object begun(Draw draw) {
        Object handle = TRIED.draw(draw);
        draw.chosen = null;
        if (handle instanceof Long number && !draw.oneIn(4)) {
            try {
                long stamp = draw.world.memory.handles().beginWrite(number);
                draw.chosen = stamp == 0 ? null : stamp;
            } catch (IllegalStateException | IndexOutOfBoundsException e) {
                // over, of another memory, or written by another thread: the stamp is guessed
            }
        }
        return handle;
    }

    /** Ends a write, if the life has not ended before: the fuzzer does not hold what it writes. */
    private static void written(Draw draw, Object target, Object[] arguments, Object result) {
        try {
            if (isHandle(result)) {
                ((FrameHandles) target).endWrite((Long) arguments[0], (Long) result);
            }
        } catch (IllegalStateException e) {
            // over, or ended by another thread with a stamp that it guessed
        }
    }

    /** Notes a get; a taker of the other memory may have taken a frame of that number there. */
    private static void got(Draw draw, Object target, Object[] arguments, Object result) {
        Long handle = FrameHandle.ofPin((Long) arguments[0]);
        FrameHandles handles = handlesOf(target);
        if (handles == draw.memory().handles()) {
            draw.world.gets.add(handle);
        } else {
            handles.put(handle);
        }
    }

    /** Notes a pin, as {@link #got}. */
    private static void pinned(Draw draw, Object target, Object[] arguments, Object result) {
        FrameHandles handles = handlesOf(target);
        if (handles == draw.memory().handles()) {
            draw.world.pins.add((Long) result);
        } else {
            handles.unpin((Long) result);
        }
    }

    /** Up to four handles that a taker may try. */
    private static Object several(Draw draw) {
        long[] handles = new long[draw.random.nextInt(5)];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = TRIED.draw(draw) instanceof Long handle ? handle : FrameHandle.NONE;
        }
        return handles;
    }

    /** An array with one pin that is claimed, which is noted, because the call takes it out. */
    private static Object onePin(Draw draw) {
        Long pin = aPin(draw);
        draw.chosen = pin;
        return pin == null ? new long[1] : new long[]{FrameHandle.NONE, pin};
    }

    /** Notes several pins, as {@link #pinned}; behind them there may be numbers of before. */
    private static void allPinned(Draw draw, Object target, Object[] arguments, Object result) {
        long[] pins = (long[]) arguments[1];
        for (int i = 0; i < ((long[]) arguments[0]).length; i++) {
            if (pins[i] != FrameHandle.NONE) {
                pinned(draw, target, arguments, pins[i]);
            }
        }
    }

    private static FrameHandles handlesOf(Object taker) {
        return taker instanceof GupSession session ? session.memory().handles() : (FrameHandles) taker;
    }

    private static boolean isHandle(Object result) {
        return (Long) result != FrameHandle.NONE;
    }

    /** A third stays with its owner alone: of several threads that release the one hold, one must succeed. */
    private static void allocated(Draw draw, Object target, Object[] arguments, Object result) {
        World world = draw.world;
        long handle = (Long) result;
        if (target != draw.memory().handles()) {
            ((FrameHandles) target).put(handle); // of the other memory
        } else if (!Hostility.RACE.isOn() || draw.random.nextInt(3) > 0) {
            world.owners.add(handle);
            world.handles.add(handle);
            Long oldest = world.handles.overflow(24);
            if (oldest != null && world.owners.remove(oldest)) {
                putOwn(world, (FrameHandles) target, oldest);
            }
        } else if (draw.random.nextBoolean()) {
            long pin = ((FrameHandles) target).tryPin(handle);
            if (pin != FrameHandle.NONE) {
                world.lonePins.add(pin);
            }
            putOwn(world, (FrameHandles) target, handle);
        } else {
            world.lone.add(handle);
        }
    }

    /**
     * Gives up an owner's hold, which remains when the call is refused: another thread's release by an outdated handle
     * may have the reference for a moment.
     */
    private static void putOwn(World world, FrameHandles handles, long handle) {
        try {
            handles.put(handle);
        } catch (DoubleReleaseException e) {
            world.owners.add(handle);
        }
    }

    /**
     * A handle for an owner's operation: claimed, or of the only holder and then for several threads at once, or ended.
     */
    private static Gen owned(boolean isFrozen) {
        return Gen.exact(draw -> {
            World world = draw.world;
            Long found = null;
            // a frame with one hold is seldom frozen
            switch (draw.random.nextInt(isFrozen ? 2 : 0, 8)) {
                case 0, 1, 2 -> found = duel(draw, world.lone);
                case 3 -> found = over(draw);
                case 4 -> found = Hostility.FOREIGN.isOn() ? heldByBatch(draw) : null; // not from allocate
                default -> {
                    Pool<Long> pool = isFrozen ? world.frozen : world.owners;
                    draw.chosen = pool;
                    Long _ = need(draw, pool);
                    found = draw.claim(pool);
                }
            }
            return found;
        });
    }

    /** A frame with one hold, for this call and perhaps for another at the same moment. */
    private static Long duel(Draw draw, Pool<Long> pool) {
        Long handle = pool.pick(draw.random);
        if (handle != null && draw.isDrawn) {
            draw.duel = new Duel(draw.call, draw.memory().handles(), handle);
            draw.world.duel.set(draw.duel);
            draw.atEnd(() -> draw.world.duel.compareAndSet(draw.duel, null));
        }
        return handle;
    }

    /** Draws the key of another call that ends the hold that {@code call} ends, or tries to. */
    static String another(Call call, RandomGenerator random) {
        String[] keys = {"FrameHandles.put(long)", "FrameHandles.free(long)", "FrameHandles.tryFreeze(long)",
                "FrameHandles.unfreeze(long)"};
        String[] pinKeys = {"FrameHandles.unpin(long)", "FrameHandles.unpinDirty(long)"};
        return List.of(pinKeys).contains(call.key) ? pinKeys[random.nextInt(2)] : keys[random.nextInt(keys.length)];
    }

    private static Long aHold(Draw draw) {
        World world = draw.world;
        return switch (draw.random.nextInt(10)) {
            case 0 -> over(draw);
            case 1, 2, 3 -> duel(draw, world.lone);
            case 4 -> draw.claim(world.owners);
            case 5 -> otherLife(draw);
            default -> {
                Long _ = need(draw, world.gets);
                yield draw.claim(world.gets);
            }
        };
    }

    private static Long aPin(Draw draw) {
        World world = draw.world;
        return switch (draw.random.nextInt(10)) {
            case 0 -> toPin(over(draw));
            case 1, 2, 3 -> duel(draw, world.lonePins);
            case 4 -> toPin(otherLife(draw));
            default -> {
                Long _ = need(draw, world.pins);
                yield draw.claim(world.pins);
            }
        };
    }

    private static Long toPin(Long handle) {
        return handle == null ? null : Long.valueOf(FrameHandle.toPin(handle));
    }

    /** Any of the pool; made by the calls that fill it if there is none. */
    private static Long need(Draw draw, Pool<Long> pool) {
        World world = draw.world;
        for (int i = 0; i < 3 && pool.size() == 0; i++) {
            if (pool == world.frozen) {
                freezeOne(draw);
                continue;
            }
            String key = pool == world.gets ? "GupSession.tryGet(long)"
                    : pool == world.pins ? "FrameHandles.tryPin(long)" : "FrameHandles.allocate()";
            Object _ = draw.actor.run(draw.actor.calls.of(key));
        }
        return pool.pick(draw.random);
    }

    /** A handle of a life that has ended. */
    private static Long over(Draw draw) {
        return Hostility.DEAD.isOn() ? draw.world.over.pick(draw.random) : null;
    }

    /** A frame of this memory in a life that it does not reach in this round. */
    private static Long otherLife(Draw draw) {
        Long handle = draw.world.handles.pick(draw.random);
        return handle == null || !Hostility.DEAD.isOn() ? null : Long.valueOf(handle ^ 1L << 61);
    }

    /** A frame of its own: most of the others have holds besides the owner's. */
    private static void freezeOne(Draw draw) {
        FrameHandles handles = draw.memory().handles();
        long made = handles.allocate();
        if (made != FrameHandle.NONE) {
            (handles.tryFreeze(made) ? draw.world.frozen : draw.world.owners).add(made);
        }
    }

    private static Long heldByBatch(Draw draw) {
        Object batch = draw.actor.own(PageBatch.class).pick(draw.random);
        if (batch instanceof PageBatch<?> list && Gens.isPrivate(list) && list.isHeld() && list.pfn(0) != 0) {
            return draw.memory().handles().handleOf(list.pfn(0));
        }
        return null;
    }

    /** Notes the end of a hold: a frame that only its owner held has no holder now. */
    private static void ended(Draw draw, Object target, Object[] arguments, Object result) {
        Long handle = (Long) arguments[0];
        if (draw.duel != null && draw.duel.handle.equals(handle) && !draw.duel.ends()) {
            draw.finding("one hold ended twice", "handle 0x" + Long.toHexString(handle));
        }
        if (draw.world.lone.remove(handle) | draw.world.lonePins.remove(handle)) {
            draw.world.over.add(handle);
            Long _ = draw.world.over.overflow(16);
        }
    }

    private static Object arena(Draw draw) {
        if (draw.oneIn(12)) {
            Arena closed = Arena.ofShared();
            closed.close();
            return closed;
        }
        Arena arena = Arena.ofConfined();
        draw.atEnd(arena::close);
        return arena;
    }

    /** No other thread gives the hold back while it is claimed. */
    private static void look(Draw draw, Object target, Object[] arguments, Object result) {
        MemorySegment view = (MemorySegment) result;
        view.set(ValueLayout.JAVA_LONG, 8L * draw.random.nextInt(512), 1);
        draw.undoClaims();
    }
}
