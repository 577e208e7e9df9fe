package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.memory.Memories.allocate;
import static io.pinfold.core.memory.Memories.closeIdle;
import static io.pinfold.core.memory.Memories.maybePinned;
import static io.pinfold.core.memory.Memories.pins;
import static io.pinfold.core.memory.Memories.put;
import static io.pinfold.core.memory.Memories.refs;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.batch.PageList;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageRefs;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The worked numbers of core/RULES.md: what each operation leaves in the counts. */
class WorkedNumbersTest {
    private final PhysicalMemory memory = Memories.open(16);
    private final MemoryCore core = Bridge.core(memory);
    private final FreeBatch deferred = new FreeBatch(core);

    private long grab(long pfn, int n, int flags) {
        return Grab.trySpeculative(core, pfn, n, flags, deferred);
    }

    @Test
    void n1GetAndPinOfAPageMappedOnce() {
        long pfn = allocate(memory, 0);
        long get = grab(pfn, 1, FOLL_GET);
        assertThat(refs(memory, pfn)).isEqualTo(2);
        assertThat(maybePinned(memory, pfn)).isFalse();
        long pin = grab(pfn, 1, FOLL_PIN);
        assertThat(refs(memory, pfn)).isEqualTo(1026);
        assertThat(maybePinned(memory, pfn)).isTrue();
        Grab.undo(core, pin, deferred);
        assertThat(refs(memory, pfn)).isEqualTo(2);
        Grab.undo(core, get, deferred);
        assertThat(refs(memory, pfn)).isEqualTo(1);
        put(memory, pfn, 1);
        closeIdle(memory);
    }

    @Test
    void n2ManyGetsLookLikeAPin() {
        long pfn = allocate(memory, 0);
        long token = grab(pfn, 1022, FOLL_GET);
        assertThat(refs(memory, pfn)).isEqualTo(1023);
        assertThat(maybePinned(memory, pfn)).isFalse();
        long one = grab(pfn, 1, FOLL_GET);
        assertThat(refs(memory, pfn)).isEqualTo(1024);
        assertThat(maybePinned(memory, pfn)).isTrue();
        long two = grab(pfn, 1, FOLL_GET);
        assertThat(refs(memory, pfn)).isEqualTo(1025);
        assertThat(maybePinned(memory, pfn)).isTrue();
        for (long each : new long[]{token, one, two}) {
            Grab.undo(core, each, deferred);
        }
        put(memory, pfn, 1);
        closeIdle(memory);
    }

    @Test
    void n3PinOfAllPagesOfALargeFolioAndReleaseInTwoParts() {
        long head = allocate(memory, 9);
        long start = memory.vmStat().nrFollPinAcquired();
        long token = grab(head, 512, FOLL_PIN);
        assertThat(refs(memory, head)).isEqualTo(513);
        assertThat(pins(memory, head)).isEqualTo(512);
        assertThat(Grab.countedPins(token)).isEqualTo(512);
        assertThat(maybePinned(memory, head + 511)).isTrue();
        for (int page = 0; page < 256; page++) {
            Grab.undo(core, Grab.tokenOfHeld(core, head + page, 1, FOLL_PIN), deferred);
        }
        assertThat(refs(memory, head)).isEqualTo(257);
        assertThat(pins(memory, head)).isEqualTo(256);
        // the rest by batch, which drops the run in one operation
        PageBatch<Hold.Pin> batch = memory.newPageBatch(512);
        int[] pfns = ((PageList) Bridge.held(batch)).beginFillEntries();
        for (int page = 256; page < 512; page++) {
            pfns[page - 256] = (int) head + page;
        }
        Bridge.held(batch).countAcquired(0, 512);
        Bridge.held(batch).countReleased(0, 256);
        ((PageList) Bridge.held(batch)).filled(256);
        Bridge.held(batch).commit(true, 0, 0);
        assertThat(memory.unpinUserPages(batch)).isEqualTo(256);
        assertThat(refs(memory, head)).isEqualTo(1);
        assertThat(pins(memory, head)).isZero();
        assertThat(memory.vmStat().nrFollPinAcquired() - start).isEqualTo(512);
        assertThat(memory.vmStat().nrFollPinReleased()).isEqualTo(512);
        put(memory, head, 1);
        closeIdle(memory);
    }

    @Test
    void n4GetOfALargeFolioCountsNoPin() {
        long head = allocate(memory, 9);
        long token = grab(head, 512, FOLL_GET);
        assertThat(refs(memory, head)).isEqualTo(513);
        assertThat(pins(memory, head)).isZero();
        assertThat(maybePinned(memory, head)).isFalse();
        assertThat(maybePinned(memory, head + 7)).isFalse();
        Grab.undo(core, token, deferred);
        assertThat(refs(memory, head)).isEqualTo(1);
        put(memory, head, 1);
        closeIdle(memory);
    }

    /** Seed bug B3 added one bias for 512 pages; here 512 releases of what a pin of all took end where it began. */
    @Test
    void n5EveryPageOfALargeFolioCanBeReleasedByItself() {
        long head = allocate(memory, 9);
        assertThat(grab(head, 512, FOLL_PIN)).isPositive();
        put(memory, head, 1); // unmapped meanwhile: the pins alone keep it
        for (int page = 0; page < 511; page++) {
            Grab.undo(core, Grab.tokenOfHeld(core, head + page, 1, FOLL_PIN), deferred);
            assertThat(refs(memory, head)).isEqualTo(511 - page);
            assertThat(deferred.isEmpty()).as("freed with %d users left", 511 - page).isTrue();
        }
        Grab.undo(core, Grab.tokenOfHeld(core, head + 511, 1, FOLL_PIN), deferred);
        assertThat(deferred.drain()).isEqualTo(1);
        closeIdle(memory);
    }

    /**
     * Seed bug B4 rolled back on the sub-page; here a roll-back of pages 3 to 511 undoes the head and leaves the tail
     * alone.
     */
    @Test
    void n6ARollBackInTheMiddleOfALargeFolioGoesToTheHead() {
        long head = allocate(memory, 9);
        for (int flags : new int[]{FOLL_PIN, FOLL_GET}) {
            long token = grab(head + 3, 509, flags);
            assertThat(Grab.headPfn(token)).isEqualTo(head);
            assertThat(refs(memory, head)).isEqualTo(510);
            Grab.undo(core, token, deferred);
            assertThat(refs(memory, head)).isEqualTo(1);
            assertThat(pins(memory, head)).isZero();
            assertThat(LongStream.range(head + 1, head + 512).allMatch(tail -> refs(memory, tail) == 0)).isTrue();
        }
        put(memory, head, 1);
        closeIdle(memory);
    }

    /** Seed bug B1 rolled a pin back as a get; here the count is 1 again, and after an unmap the frame is freed. */
    @Test
    void n7ARolledBackPinLeavesNothing() {
        long stillMapped = allocate(memory, 0);
        Grab.undo(core, grab(stillMapped, 1, FOLL_PIN), deferred);
        assertThat(refs(memory, stillMapped)).isEqualTo(1);
        assertThat(maybePinned(memory, stillMapped)).isFalse();
        put(memory, stillMapped, 1);

        long unmapped = allocate(memory, 0);
        long token = grab(unmapped, 1, FOLL_PIN);
        Grab.putReferences(core, unmapped, 1, deferred);
        assertThat(deferred.isEmpty()).isTrue();
        assertThat(refs(memory, unmapped)).isEqualTo(1024);
        Grab.undo(core, token, deferred);
        assertThat(deferred.drain()).isEqualTo(1);
        closeIdle(memory);
    }

    @Test
    void n11TheCountMayTurnNegativeOnceAndThenEveryGrabRefuses() {
        long pfn = allocate(memory, 0);
        PageRefs.add(core.recordAddress(pfn), Integer.MAX_VALUE - 512 - 1);
        assertThat(maybePinned(memory, pfn)).isTrue();
        long token = grab(pfn, 1, FOLL_PIN);
        assertThat(token).isPositive();
        assertThat(refs(memory, pfn)).isNegative();
        assertThat(maybePinned(memory, pfn)).isTrue();
        for (int flags : new int[]{FOLL_GET, FOLL_PIN}) {
            assertThat(grab(pfn, 1, flags)).isEqualTo(Grab.REFUSED_OVERFLOW);
            assertThat(Grab.tryStable(core, pfn, 1, flags)).isEqualTo(Grab.REFUSED_OVERFLOW);
        }
        assertThat(PageRefs.tryGetPage(core.recordAddress(pfn))).isFalse();
        Grab.undo(core, token, deferred);
        assertThat(refs(memory, pfn)).isEqualTo(0x7fff_fdff);
        PageRefs.add(core.recordAddress(pfn), 1 - 0x7fff_fdff);
        put(memory, pfn, 1);
        closeIdle(memory);
    }
}
