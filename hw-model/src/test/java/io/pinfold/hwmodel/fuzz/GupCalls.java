package io.pinfold.hwmodel.fuzz;

import static io.pinfold.hwmodel.fuzz.Gens.ADDRESS;
import static io.pinfold.hwmodel.fuzz.Gens.EMPTY_BATCH;
import static io.pinfold.hwmodel.fuzz.Gens.GET_FLAGS;
import static io.pinfold.hwmodel.fuzz.Gens.MAPPED_SPACE;
import static io.pinfold.hwmodel.fuzz.Gens.MEMORY;
import static io.pinfold.hwmodel.fuzz.Gens.OPTIONS;
import static io.pinfold.hwmodel.fuzz.Gens.PAGES;
import static io.pinfold.hwmodel.fuzz.Gens.PIN_FLAGS;
import static io.pinfold.hwmodel.fuzz.Gens.SLOW_GUP_FLAGS;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.GupSessionPool;
import io.pinfold.fastpath.PinnedRange;
import io.pinfold.fastpath.kernel.FastGup;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;

/** The get and pin calls, fast and slow, and pinned ranges. */
final class GupCalls {
    private static final Set<Integer> ERRORS = Set.of(Errno.EINVAL, Errno.EFAULT, Errno.ENOMEM, Errno.EOVERFLOW,
            Errno.EHWPOISON, Errno.EOPNOTSUPP, Errno.EAGAIN, Errno.EINTR, Errno.EEXIST, Errno.EBUSY);
    private static final String[] FAST = {"getUserPagesFast", "pinUserPagesFast", "getUserPagesFastOnly",
            "pinUserPagesFastOnly"};
    private static final String[] LOCKED = {"getUserPages", "getUserPagesRemote", "pinUserPages", "pinUserPagesRemote",
            "pinLongtermPages"};
    private static final Gen FEW_BYTES = draw -> Math.min(draw.bytes(), 1 + draw.random.nextLong(64 << 10));
    /** The lock is held for this call alone: a thread that holds it makes no other call. */
    private static final Gen GUARD = draw -> {
        Object guard = draw.actor.make(draw.actor.calls.of("AddressSpace.readLock()"), draw.space);
        draw.atEnd(() -> Closing.close(draw.actor, guard));
        return guard;
    };

    /** The walk alone finds only pages that are present. */
    private static final Gen TOUCHED_SPACE = draw -> {
        Object space = MAPPED_SPACE.draw(draw);
        CpuCalls.touch(draw);
        return space;
    };

    private GupCalls() {
    }

    static void add(Calls calls) {
        Class<GupSession> session = GupSession.class;
        Class<GupSessionPool> pool = GupSessionPool.class;
        calls.maker(session, calls.add(session, "open(PhysicalMemory)", null, MEMORY).makesOwn(3));
        calls.maker(pool,
                calls.add(session, "pool(PhysicalMemory,int)", null, MEMORY, draw -> 1 + draw.random.nextInt(4))
                        .makes(2));
        for (String name : FAST) {
            Gen space = name.endsWith("Only") ? TOUCHED_SPACE : MAPPED_SPACE;
            for (Class<?> type : new Class<?>[]{session, pool}) {
                obtains(calls.add(type, name + "(AddressSpace,long,int,GupOptions,Batch)",
                        type == session ? Gens.own(session) : Gens.live(pool), space, ADDRESS, PAGES, OPTIONS,
                        EMPTY_BATCH));
            }
            obtains(calls.add(FastGup.class, name + "(GupSession,AddressSpace,long,int,int,Batch)", null,
                    Gens.own(session), space, ADDRESS, PAGES, name.startsWith("pin") ? PIN_FLAGS : GET_FLAGS,
                    EMPTY_BATCH));
        }
        for (String name : LOCKED) {
            obtains(calls.add(Gup.class, name + "(AddressSpace,MmapGuard,long,int,int,Batch)", null, withBatchFirst(),
                    GUARD, ADDRESS, PAGES, SLOW_GUP_FLAGS, draw -> draw.chosen));
        }
        for (String name : new String[]{"getUserPages", "pinUserPages"}) {
            obtains(calls.add(AddressSpace.class, name + "(MmapGuard,long,int,GupOptions,Batch)", withBatchFirst(),
                    GUARD, ADDRESS, PAGES, OPTIONS, draw -> draw.chosen));
            obtains(calls.add(AddressSpace.class, name + "Unlocked(long,int,GupOptions,Batch)", MAPPED_SPACE, ADDRESS,
                    PAGES, OPTIONS, EMPTY_BATCH));
            obtains(calls.add(Gup.class, name + "Unlocked(AddressSpace,long,int,int,Batch)", null, MAPPED_SPACE,
                    ADDRESS, PAGES, SLOW_GUP_FLAGS, EMPTY_BATCH));
        }
        calls.add(AddressSpace.class, "readLock()", MAPPED_SPACE).then((draw, target, arguments, result) -> {
            if (draw.call.key.equals("AddressSpace.readLock()") && draw.isDrawn) {
                draw.atEnd(() -> Closing.close(draw.actor, result));
            }
        });
        calls.add(MmapGuard.class, "close()", openGuard());
        calls.rest(MmapGuard.class, openGuard());
        calls.add(session, "close()", Gens.closing(session, true)).then(Closing::buried);
        calls.add(session, "detach()", Gens.own(session)).then((draw, target, arguments, result) -> {
            if (!draw.oneIn(8)) { // or every second session would have no thread
                ((GupSession) target).attach();
            }
        });
        calls.rest(session, Gens.own(session));
        calls.add(pool, "close()", Gens.closing(pool, false)).then(Closing::buried);
        ranges(calls);
    }

    private static void obtains(Call call) {
        call.errors(ERRORS).succeeds(GupCalls::isObtained).then(GupCalls::check).deep();
    }

    private static void ranges(Calls calls) {
        Class<PinnedRange> type = PinnedRange.class;
        String parameters = "(GupSession,AddressSpace,long,long,GupOptions)";
        calls.maker(type, calls.add(type, "pin" + parameters, null, Gens.own(GupSession.class), MAPPED_SPACE, ADDRESS,
                FEW_BYTES, OPTIONS).makesOwn(3));
        calls.add(type, "pinShared" + parameters, null, Gens.own(GupSession.class), MAPPED_SPACE, ADDRESS, FEW_BYTES,
                OPTIONS).makes(3);
        calls.add(type, "run(int)", Gens.own(type), Gens.of(0)).then((draw, target, arguments, result) -> {
            if (draw.actor.own(type).all().contains(target)) {
                byte _ = ((MemorySegment) result).get(ValueLayout.JAVA_BYTE, 0);
            }
        });
        calls.add(type, "close()", draw -> {
            boolean isOwn = draw.random.nextBoolean();
            return Gens.closing(type, isOwn).draw(draw);
        }).then(Closing::buried);
        calls.rest(type, Gens.own(type));
    }

    /** The batch is chosen while the lock is not held yet: making one may give back others. */
    private static Gen withBatchFirst() {
        return draw -> {
            Object batch = EMPTY_BATCH.draw(draw);
            Object space = MAPPED_SPACE.draw(draw);
            draw.chosen = batch;
            return space;
        };
    }

    private static Gen openGuard() {
        return draw -> MAPPED_SPACE.draw(draw) == null ? null : GUARD.draw(draw);
    }

    private static boolean isObtained(Object result) {
        return (Integer) result > 0;
    }

    /** Checks that no more was obtained than was asked for, and that it lies where pages can lie. */
    private static void check(Draw draw, Object target, Object[] arguments, Object result) {
        Object batch = arguments[arguments.length - 1];
        int asked = (Integer) arguments[arguments.length - 3];
        if ((Integer) result > asked) {
            draw.finding("more than asked for", result + " pages of " + asked);
        }
        if (batch instanceof PageBatch<?> list && Gens.isPrivate(list) && list.memory() == draw.memory()) {
            for (int i = 0; i < Math.min(4, list.length()); i++) {
                long pfn = list.pfn(i);
                boolean isDevice = draw.memory().zoneOf(pfn) == ZoneKind.DEVICE;
                if (draw.memory().zoneOf(pfn) == ZoneKind.HOLE
                        || isDevice && draw.memory().pagemaps().of(pfn) == null) {
                    draw.finding("a page without an owner", "entry " + i + " of the batch is frame " + pfn);
                }
            }
        }
    }
}
