package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Walkers against the life of frames. Cells play page-table entries: a mutator allocates a folio of any small order,
 * stamps its frames, publishes one of its pages in a cell, and later exchanges the cell and drops the reference.
 * Walkers read a cell, grab, read the cell again, and roll back or look at the stamp. Frames are scarce, so they come
 * back at once as parts of other folios.
 */
@Timeout(120)
class GrabStressTest {
    private static final int CELLS = 4;
    private static final int STEPS = 40_000;

    private final PhysicalMemory memory = Memories.open(8);
    private final MemoryCore core = Bridge.core(memory);
    private final Arena arena = Arena.ofAuto();
    private final long cells = arena.allocate(CELLS * 128L, 128).address();
    private final CountDownLatch walking = new CountDownLatch(2);
    /**
     * Mutators go on until a walker held something: on a loaded machine they might be done before a walker meets them.
     */
    private volatile boolean someHeld;

    @RepeatedTest(3)
    void nobodyHoldsAPageThatIsSomebodyElses(RepetitionInfo repetition) throws Exception {
        long seed = repetition.getCurrentRepetition() < 3 ? repetition.getCurrentRepetition() : System.nanoTime();
        System.out.println("GrabStressTest seed " + seed);
        List<Long> kept = leaveLittle();
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            List<Future<long[]>> walkers = new ArrayList<>();
            List<Future<?>> mutators = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int number = i;
                walkers.add(executor.submit(() -> walk(new Random(seed + number))));
            }
            walking.await();
            for (int i = 0; i < 2; i++) {
                int number = i;
                mutators.add(executor.submit(() -> mutate(new Random(~seed + number), number)));
            }
            try {
                for (Future<?> mutator : mutators) {
                    mutator.get();
                }
            } finally {
                Words.setLongVolatile(cells + 8, 1); // the walkers stop, also when a mutator failed
            }
            long held = 0;
            long rolledBack = 0;
            for (Future<long[]> walker : walkers) {
                held += walker.get()[0];
                rolledBack += walker.get()[1];
            }
            System.out.println("GrabStressTest held " + held + ", rolled back " + rolledBack);
            assertThat(held).isPositive();
        }
        kept.forEach(pfn -> Memories.put(memory, pfn, 1));
        Memories.closeIdle(memory);
    }

    /** Takes all but a few blocks, so that the mutators use the same frames again and again. */
    private List<Long> leaveLittle() {
        List<Long> kept = new ArrayList<>();
        for (long pfn; (pfn = core.blocks().allocate(4, Blocks.NORMAL)) > 0;) {
            kept.add(pfn);
        }
        for (int i = 0; i < 2; i++) {
            Memories.put(memory, kept.removeLast(), 1);
        }
        return kept;
    }

    private long cell(int index) {
        return cells + index * 128L;
    }

    /** What a cell's entry says: frame number, and a stamp that its page carries while it is mapped there. */
    private static long entry(long pfn, long stamp) {
        return stamp << 24 | pfn;
    }

    private void mutate(Random random, int number) {
        FreeBatch batch = new FreeBatch(core);
        long stamp = 0;
        for (int step = 0; step < STEPS || !someHeld; step++) {
            stamp++;
            int order = random.nextInt(4);
            long head = core.blocks().allocate(order, Blocks.MOVABLE_FIRST);
            long entry = 0;
            if (head > 0) {
                long pfn = head + random.nextInt(1 << order);
                long value = stamp * 2 + number;
                Words.setLongVolatile(core.frameAddress(pfn), value);
                entry = entry(pfn, value);
            }
            long old = Words.getAndSetLong(cell(number * 2 + (step & 1)), entry); // UNMAP1
            drop(old, batch);
            batch.drain();
        }
        for (int index = number * 2; index < number * 2 + 2; index++) {
            drop(Words.getAndSetLong(cell(index), 0), batch);
            batch.drain();
        }
    }

    private void drop(long entry, FreeBatch batch) {
        if (entry == 0) {
            return;
        }
        long base = core.recordAddress(0);
        long head = PageRefs.headPfn(base, entry & 0xFF_FFFF);
        Grab.putReferences(core, head, 1, batch); // UNMAP3
    }

    private long[] walk(Random random) {
        long held = 0;
        long rolledBack = 0;
        FreeBatch deferred = new FreeBatch(core);
        PageBatch<?> counts = memory.newPageBatch(1);
        try (SharedSlot slot = core.slots().open(0)) {
            while (Words.getLongVolatile(cells + 8) == 0) {
                long cell = cell(random.nextInt(CELLS));
                int flags = random.nextBoolean() ? FOLL_GET : FOLL_PIN;
                slot.enter();
                long entry = Words.getLongVolatile(cell); // WALK4
                long token = entry == 0
                        ? 0
                        : Grab.trySpeculative(core, entry & 0xFF_FFFF, 1, flags, deferred);
                boolean same = token > 0 && Words.getLongVolatile(cell) == entry; // WALK7
                if (token > 0 && !same) {
                    Grab.undo(core, token, deferred);
                    rolledBack++;
                }
                slot.exit();
                if (same) {
                    held++;
                    someHeld = true;
                    lookAtHeld(entry, token, flags);
                    Bridge.held(counts).countAcquired(0, Grab.countedPins(token));
                    Bridge.held(counts).countReleased(0, Grab.countedPins(token));
                    Grab.undo(core, token, deferred);
                }
                deferred.drain();
                walking.countDown();
            }
        }
        return new long[]{held, rolledBack};
    }

    /**
     * I1, I4, I5: the page is the one that was mapped, stays so while it is held, and its folio is the one of the
     * token.
     */
    private void lookAtHeld(long entry, long token, int flags) {
        long pfn = entry & 0xFF_FFFF;
        long base = core.recordAddress(0);
        int generation = PageRefs.generation(PageLayout.record(base, pfn));
        for (int look = 0; look < 4; look++) {
            long stamp = Words.getLongVolatile(core.frameAddress(0) + (pfn << Align.PAGE_SHIFT));
            if (stamp != entry >>> 24) {
                throw new AssertionError("page " + pfn + " held as " + (entry >>> 24) + " reads " + stamp);
            }
            if (PageRefs.headPfn(base, pfn) != Grab.headPfn(token)) {
                throw new AssertionError("page " + pfn + " changed its folio while held");
            }
            if (PageRefs.generation(PageLayout.record(base, pfn)) != generation) {
                throw new AssertionError("page " + pfn + " was freed while held");
            }
            if (flags == FOLL_PIN && !PageRefs.maybePinned(base, pfn)) {
                throw new AssertionError("page " + pfn + " is pinned and does not look it");
            }
        }
    }

    /**
     * R9 at its tightest: two frames are one folio of two pages, then two folios, then one again. A grab of the second
     * frame that succeeds sits on the folio that the frame belongs to, and on no other, for as long as it is held.
     */
    @Test
    void aReferenceNeverSitsOnAnotherFolioThanItsPages() throws Exception {
        List<Long> kept = new ArrayList<>();
        for (long pfn; (pfn = core.blocks().allocate(1, Blocks.NORMAL)) > 0;) {
            kept.add(pfn);
        }
        long head = kept.removeLast();
        Memories.put(memory, head, 1);
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Future<Long> walker = executor.submit(() -> grabAgainAndAgain(head + 1));
            walking.countDown();
            walking.await();
            FreeBatch batch = new FreeBatch(core);
            try {
                for (int step = 0; step < 150_000 || !someHeld; step++) {
                    int order = step & 1 ^ 1;
                    for (int folio = 0; folio < 2 - order; folio++) {
                        long pfn = core.blocks().allocate(order, Blocks.NORMAL);
                        if (pfn > 0) { // the walker may hold a frame back for a moment
                            Words.setLongOpaque(cell(folio), pfn);
                        }
                    }
                    for (int folio = 0; folio < 2; folio++) {
                        long pfn = Words.getAndSetLong(cell(folio), 0);
                        if (pfn != 0) {
                            Grab.putReferences(core, pfn, 1, batch);
                        }
                    }
                    batch.drain();
                }
            } finally {
                Words.setLongVolatile(cells + 8, 1);
            }
            assertThat(walker.get()).isPositive();
        }
        kept.forEach(pfn -> Memories.put(memory, pfn, 1));
        Memories.closeIdle(memory);
    }

    private long grabAgainAndAgain(long pfn) {
        long held = 0;
        long base = core.recordAddress(0);
        FreeBatch deferred = new FreeBatch(core);
        while (Words.getLongVolatile(cells + 8) == 0) {
            long token = Grab.trySpeculative(core, pfn, 1, FOLL_GET, deferred);
            if (token > 0) {
                held++;
                someHeld = true;
                if (PageRefs.headPfn(base, pfn) != Grab.headPfn(token)) {
                    throw new AssertionError("reference on " + Grab.headPfn(token) + " for page " + pfn + " of folio "
                            + PageRefs.headPfn(base, pfn));
                }
                Grab.undo(core, token, deferred);
                deferred.drain();
            }
            walking.countDown();
        }
        return held;
    }
}
