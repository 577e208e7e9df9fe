package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.foll.FollBits.FOLL_WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageRefs;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random grabs and undos on singles, folios and the zero page, some of them frozen, overflowed or in memory that must
 * stay movable, against two numbers a folio. Replay one run with {@code -Dpinfold.seed=}.
 */
class GrabModelTest {

    private static final int STEPS = 20_000;
    private static final int[] FLAGS = {0, FOLL_WRITE, FOLL_GET, FOLL_GET, FOLL_GET | FOLL_WRITE, FOLL_PIN, FOLL_PIN,
            FOLL_PIN | FOLL_WRITE, FOLL_PIN | FOLL_LONGTERM, FOLL_PIN | FOLL_LONGTERM, FOLL_GET | FOLL_PIN};

    /** What the model knows of a folio. */
    private static final class Folio {
        final long head;
        final int order;
        final boolean isMovable;
        boolean isZero;
        boolean mustStay;
        int refs = 1;
        int pins;

        Folio(long head, int order, boolean isMovable) {
            this.head = head;
            this.order = order;
            this.isMovable = isMovable;
        }

        boolean maybePinned() {
            return order > 0 ? pins > 0 : refs < 0 || refs >= 1024;
        }

        @Override
        public String toString() {
            return "folio " + head + " order " + order + " of " + refs + " references";
        }
    }

    /** A grab that has not been undone. */
    private record Held(Folio folio, long token, int refs, int pins) {
    }

    private final PhysicalMemory memory = PhysicalMemory
            .open(MemoryOptions.ofRam(24 * Memories.MIB).withMovableBytes(8 * Memories.MIB));
    private final MemoryCore core = Bridge.core(memory);
    private final FreeBatch deferred = new FreeBatch(core);
    private final List<Folio> folios = new ArrayList<>();
    private final List<Held> held = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theCountsAreThoseOfTheModel(long number) {
        long seed = Long.getLong("pinfold.seed", number * 0x9E3779B97F4A7C15L);
        System.out.println("GrabModelTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Folio zero = new Folio(memory.zeroPfn(), 0, false);
        zero.isZero = true;
        folios.add(zero);
        for (int i = 0; i < 8; i++) {
            boolean isMovable = i % 2 == 0;
            folios.add(new Folio(core.blocks().allocate(i / 2, isMovable ? Blocks.MOVABLE_FIRST : Blocks.NORMAL),
                    i / 2, isMovable));
        }
        int step = 0;
        String last = "";
        try {
            for (; step < STEPS; step++) {
                Folio folio = folios.get(random.nextInt(folios.size()));
                int what = random.nextInt(16);
                last = "operation " + what + " on " + folio;
                switch (what) {
                    case 0 -> freeze(folio);
                    case 1, 2 -> flipSign(folio);
                    case 3 -> stay(random);
                    case 4, 5, 6, 7, 8 -> undo(random);
                    case 9, 10 -> large(random, folio);
                    case 11, 12 -> stable(random, folio);
                    default -> speculative(random, folio);
                }
                folios.forEach(this::check);
            }
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed " + seed + " step " + step + ": " + last + ": " + e.getMessage(), e);
        }
        close();
    }

    private void close() {
        for (Folio folio : folios) {
            if (folio.refs < 0) {
                flipSign(folio);
            } else if (folio.refs == 0) {
                freeze(folio);
            }
            folio.mustStay = false;
        }
        core.blocks().setMigrateType(normal().head, MigrateType.UNMOVABLE);
        held.forEach(one -> Grab.undo(core, one.token, deferred));
        folios.stream().filter(folio -> !folio.isZero).forEach(folio -> Memories.put(memory, folio.head, 1));
        assertThat(deferred.isEmpty()).isTrue();
        Memories.closeIdle(memory);
    }

    private void check(Folio folio) {
        assertThat(Memories.refs(memory, folio.head)).as("references of %s", folio).isEqualTo(folio.refs);
        if (folio.order > 0) {
            assertThat(Memories.pins(memory, folio.head)).as("pins of %s", folio).isEqualTo(folio.pins);
        }
        assertThat(Memories.maybePinned(memory, folio.head)).as("%s may be pinned", folio)
                .isEqualTo(folio.maybePinned());
    }

    /** Frozen by its only holder, or released again. */
    private void freeze(Folio folio) {
        if (folio.isZero || folio.pins != 0 || folio.refs != 1 && folio.refs != 0) {
            return;
        }
        if (folio.refs == 1) {
            assertThat(PageRefs.freeze(core.recordAddress(folio.head), 1)).isTrue();
        } else {
            PageRefs.unfreeze(core.recordAddress(folio.head), 1);
        }
        folio.refs = 1 - folio.refs;
    }

    /** So many references come, or go again, that the count changes its sign. */
    private void flipSign(Folio folio) {
        if (folio.refs != 0) {
            PageRefs.add(core.recordAddress(folio.head), Integer.MIN_VALUE);
            folio.refs += Integer.MIN_VALUE;
        }
    }

    /** The pageblock of all normal folios must stay movable from now on, or need not any more. */
    private void stay(SplittableRandom random) {
        int type = new int[]{MigrateType.CMA, MigrateType.ISOLATE, MigrateType.UNMOVABLE}[random.nextInt(3)];
        core.blocks().setMigrateType(normal().head, type);
        for (Folio folio : folios) {
            folio.mustStay = !folio.isZero && !folio.isMovable && type != MigrateType.UNMOVABLE;
        }
    }

    private Folio normal() {
        return folios.stream().filter(folio -> !folio.isZero && !folio.isMovable).findFirst().orElseThrow();
    }

    private void undo(SplittableRandom random) {
        if (!held.isEmpty()) {
            Held one = held.remove(random.nextInt(held.size()));
            if (one.folio.refs == 0) {
                held.add(one); // only tokens that count nothing are left on a frozen folio
                return;
            }
            Grab.undo(core, one.token, deferred);
            one.folio.refs -= one.refs;
            one.folio.pins -= one.pins;
        }
    }

    private void speculative(SplittableRandom random, Folio folio) {
        int flags = FLAGS[random.nextInt(FLAGS.length)];
        int n = 1 + random.nextInt(1 << folio.order);
        long pfn = folio.head + random.nextInt(1 << folio.order);
        long token = Grab.trySpeculative(core, pfn, n, flags, deferred);
        int kind = flags & (FOLL_GET | FOLL_PIN);
        boolean isUnpinnable = (flags & FOLL_LONGTERM) != 0 && (folio.isMovable || folio.mustStay);
        if (kind == 0 || kind == (FOLL_GET | FOLL_PIN)) {
            assertThat(token).isEqualTo(Grab.REFUSED_FLAGS);
        } else if (folio.isZero && kind == FOLL_PIN) {
            took(folio, token, n, true, 0, 0);
        } else if (folio.refs == 0) {
            assertThat(token).isEqualTo(Grab.REFUSED_ZERO);
        } else if (folio.refs < 0) {
            assertThat(token).isEqualTo(Grab.REFUSED_OVERFLOW);
        } else if (isUnpinnable) {
            assertThat(token).isEqualTo(Grab.REFUSED_UNPINNABLE);
        } else {
            counted(folio, token, n, kind == FOLL_PIN);
        }
    }

    private void stable(SplittableRandom random, Folio folio) {
        int flags = FLAGS[random.nextInt(FLAGS.length)] & ~FOLL_LONGTERM;
        int n = 1 + random.nextInt(1 << folio.order);
        long token = Grab.tryStable(core, folio.head + random.nextInt(1 << folio.order), n, flags);
        int kind = flags & (FOLL_GET | FOLL_PIN);
        if (kind == (FOLL_GET | FOLL_PIN)) {
            assertThat(token).isEqualTo(Grab.REFUSED_FLAGS);
        } else if (folio.refs <= 0) {
            assertThat(token).isEqualTo(folio.refs == 0 ? Grab.REFUSED_ZERO : Grab.REFUSED_OVERFLOW);
        } else if (kind == 0 || kind == FOLL_PIN && folio.isZero) {
            took(folio, token, n, false, 0, 0);
        } else {
            counted(folio, token, n, kind == FOLL_PIN);
        }
    }

    /** The straight line of large folios refuses by 0: its caller goes the general way then. */
    private void large(SplittableRandom random, Folio folio) {
        if (folio.order == 0) {
            return;
        }
        boolean isPin = random.nextBoolean();
        int n = 1 + random.nextInt(1 << folio.order);
        long pfn = folio.head + random.nextInt(1 << folio.order);
        long token = Grab.tryLarge(core, core.recordAddress(pfn), Compound.of(core.recordAddress(pfn)),
                folio.head, core.recordAddress(folio.head), Compound.ofHead(folio.order), n, isPin, deferred);
        if (folio.refs <= 0) {
            assertThat(token).isZero();
        } else {
            counted(folio, token, n, isPin);
        }
    }

    private void counted(Folio folio, long token, int n, boolean isPin) {
        took(folio, token, n, isPin, isPin && folio.order == 0 ? n * 1024 : n, isPin && folio.order > 0 ? n : 0);
        assertThat(Grab.countedPins(token)).isEqualTo(isPin ? n : 0);
    }

    private void took(Folio folio, long token, int n, boolean isPin, int refs, int pins) {
        assertThat(token).as("%d pages, pinned: %b", n, isPin).isPositive();
        assertThat(Grab.headPfn(token)).isEqualTo(folio.head);
        assertThat(Grab.pages(token)).isEqualTo(n);
        if (refs == 0) {
            assertThat(Grab.countedPins(token)).isZero();
        }
        folio.refs += refs;
        folio.pins += pins;
        held.add(new Held(folio, token, refs, pins));
    }
}
