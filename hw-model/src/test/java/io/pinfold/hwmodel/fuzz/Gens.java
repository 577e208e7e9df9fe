package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import java.util.function.Predicate;

/** Generators that several kinds of calls share. */
final class Gens {
    static final Gen MEMORY = draw -> draw.memory();
    static final Gen HANDLES = draw -> draw.memory().handles();
    static final Gen PAGEMAPS = draw -> draw.memory().pagemaps();
    /** Any space. */
    static final Gen SPACE = draw -> draw.space = draw.live(AddressSpace.class);
    /** The space of a range. */
    static final Gen MAPPED_SPACE = draw -> draw.range() == null ? null : draw.space;
    static final Gen ADDRESS = draw -> draw.address();
    static final Gen BYTES = draw -> draw.bytes();
    static final Gen PAGES = draw -> draw.pages();
    static final Gen FLAG = draw -> draw.random.nextBoolean();
    static final Gen CAPACITY = draw -> 1 + draw.random.nextInt(64);
    static final Gen SMALL = draw -> draw.random.nextInt(8);
    static final Gen NUMBER = draw -> draw.random.nextLong() >>> draw.random.nextInt(64);
    static final Gen INT = draw -> draw.random.nextInt() >>> draw.random.nextInt(32);
    static final Gen NAME = draw -> "of the fuzzer";

    private static final int[] FAST_FLAGS = {0, FollFlags.FOLL_WRITE, FollFlags.FOLL_WRITE, FollFlags.FOLL_FORCE,
            FollFlags.FOLL_WRITE | FollFlags.FOLL_FORCE, FollFlags.FOLL_NOFAULT, FollFlags.FOLL_FAST_ONLY};
    private static final int[] SLOW_FLAGS = {0, FollFlags.FOLL_WRITE, FollFlags.FOLL_WRITE, FollFlags.FOLL_FORCE,
            FollFlags.FOLL_WRITE | FollFlags.FOLL_FORCE, FollFlags.FOLL_NOFAULT, FollFlags.FOLL_DUMP,
            FollFlags.FOLL_NOWAIT,
            FollFlags.FOLL_HWPOISON, FollFlags.FOLL_ANON, FollFlags.FOLL_SPLIT_PMD, FollFlags.FOLL_INTERRUPTIBLE};

    static final Gen GET_FLAGS = draw -> FAST_FLAGS[draw.random.nextInt(FAST_FLAGS.length)];
    static final Gen PIN_FLAGS = draw -> (Integer) GET_FLAGS.draw(draw)
            | (draw.oneIn(6) ? FollFlags.FOLL_LONGTERM : 0);
    static final Gen OPTIONS = draw -> {
        GupOptions options = draw.random.nextInt(3) == 0 ? GupOptions.READ : GupOptions.WRITE;
        return switch (draw.random.nextInt(8)) {
            case 0 -> options.force();
            case 1 -> options.noFault();
            case 2 -> options.longTerm();
            case 3 -> options.interruptible();
            default -> options;
        };
    };
    static final Gen SLOW_GUP_FLAGS = draw -> SLOW_FLAGS[draw.random.nextInt(SLOW_FLAGS.length)];

    private Gens() {
    }

    /** A frame number: of RAM mostly, of the device window, of the hole between them. */
    static final Gen PFN = draw -> switch (draw.random.nextInt(8)) {
        case 0 -> draw.memory().deviceStart() + draw.random.nextInt(4096);
        case 1 -> draw.memory().ramFrames() + draw.random.nextInt(1024);
        default -> draw.random.nextLong(Math.min(draw.memory().ramFrames(), 8192));
    };

    static Gen of(Object constant) {
        return draw -> constant;
    }

    static Gen below(int end) {
        return draw -> draw.random.nextInt(end);
    }

    static Gen live(Class<?> type) {
        return draw -> draw.live(type);
    }

    static Gen own(Class<?> type) {
        return draw -> draw.own(type);
    }

    /** A processor, and its space for the address. */
    static final Gen CPU = draw -> {
        Cpu cpu = draw.own(Cpu.class);
        while (cpu != null && cpu.space().isClosed() && !draw.oneIn(8) && draw.actor.own(Cpu.class).remove(cpu)) {
            Closing.close(draw.actor, cpu);
            cpu = draw.own(Cpu.class);
        }
        if (cpu != null) {
            draw.space = cpu.space();
        }
        return cpu;
    };

    /** Taken out of its pool, to be closed for good. */
    static Gen closing(Class<?> type, boolean isOwn) {
        return new Gen() {
            @Override
            public Object draw(Draw draw) {
                Pool<Object> pool = isOwn ? draw.actor.own(type) : draw.world.live(type);
                if (pool.size() < 2) {
                    Object _ = draw.actor.run(draw.actor.calls.maker(type));
                }
                return draw.claim(pool);
            }

            @Override
            public boolean isExact() {
                return true; // second closes are made deliberately: see Closing
            }
        };
    }

    // ---- batches ---------------------------------------------------------------------------------------------------

    /** A batch that holds no page. */
    static final Gen EMPTY_BATCH = draw -> emptyBatch(draw, draw.random.nextInt(3) == 0 ? ExtentBatch.class
            : PageBatch.class);

    private static Object emptyBatch(Draw draw, Class<?> type) {
        Batch<?> found = find(draw, type, batch -> !batch.isHeld());
        if (found != null) {
            return found;
        }
        Object made = draw.actor.run(draw.actor.calls.maker(type));
        return made != null ? made : draw.own(type);
    }

    /** A batch that holds pins or gets; filled if there is none. */
    static Gen heldBatch(Class<?> type, boolean isPinned) {
        return draw -> {
            Class<?> one = type != Batch.class ? type
                    : draw.random.nextBoolean() ? PageBatch.class : ExtentBatch.class;
            for (int i = 0; i < 3; i++) {
                Batch<?> found = find(draw, one, batch -> batch.isHeld() && batch.isPinned() == isPinned);
                if (found != null) {
                    draw.chosen = found;
                    return found;
                }
                Object _ = draw.actor.run(draw.actor.calls.filler(isPinned, draw.random));
            }
            return null;
        };
    }

    private static Batch<?> find(Draw draw, Class<?> type, Predicate<Batch<?>> what) {
        for (int i = 0; i < 6; i++) {
            Object one = draw.actor.own(type).pick(draw.random);
            if (one != null && what.test((Batch<?>) one)) {
                return (Batch<?>) one;
            }
        }
        if (Hostility.RACE.strikes(draw.random)) {
            Batch<?> theirs = (Batch<?>) draw.own(type);
            return theirs == null || isPrivate(theirs) ? null : theirs;
        }
        return null;
    }

    /** Whether no other thread is given it, so that its pages can be checked. */
    static boolean isPrivate(Object batch) {
        return (System.identityHashCode(batch) & 1) == 0;
    }
}
