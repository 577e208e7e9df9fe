package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.foll.FollBits.FOLL_WRITE;
import static io.pinfold.core.memory.Memories.MIB;
import static io.pinfold.core.memory.Memories.allocate;
import static io.pinfold.core.memory.Memories.pins;
import static io.pinfold.core.memory.Memories.put;
import static io.pinfold.core.memory.Memories.refs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrabTest {
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(24 * MIB).withMovableBytes(8 * MIB));
    private final MemoryCore core = Bridge.core(memory);
    private final FreeBatch deferred = new FreeBatch(core);

    @AfterEach
    void audit() {
        assertThat(deferred.isEmpty()).isTrue();
        Memories.closeIdle(memory);
    }

    private long grab(long pfn, int flags) {
        return Grab.trySpeculative(core, pfn, 1, flags, deferred);
    }

    @Test
    void refusesWhatNobodyOwns() {
        long pfn = allocate(memory, 0);
        put(memory, pfn, 1);
        for (int flags : new int[]{FOLL_GET, FOLL_PIN, FOLL_PIN | FOLL_LONGTERM}) {
            assertThat(grab(pfn, flags)).isEqualTo(Grab.REFUSED_ZERO);
            assertThat(refs(memory, pfn)).isZero();
        }
        assertThat(Grab.tryStable(core, pfn, 1, FOLL_GET)).isEqualTo(Grab.REFUSED_ZERO);
    }

    @Test
    void refusesAFrozenFolioByHeadAndByTail() {
        long head = allocate(memory, 2);
        assertThat(PageRefs.freeze(core.recordAddress(head), 1)).isTrue();
        assertThat(grab(head, FOLL_PIN)).isEqualTo(Grab.REFUSED_ZERO);
        assertThat(grab(head + 3, FOLL_GET)).isEqualTo(Grab.REFUSED_ZERO);
        assertThat(pins(memory, head)).isZero();
        PageRefs.unfreeze(core.recordAddress(head), 1);
        put(memory, head, 1);
    }

    @Test
    void refusesNeitherAndBothOfGetAndPin() {
        long pfn = allocate(memory, 0);
        assertThat(grab(pfn, FOLL_WRITE)).isEqualTo(Grab.REFUSED_FLAGS);
        assertThat(grab(pfn, FOLL_GET | FOLL_PIN)).isEqualTo(Grab.REFUSED_FLAGS);
        assertThat(Grab.tryStable(core, pfn, 1, FOLL_GET | FOLL_PIN)).isEqualTo(Grab.REFUSED_FLAGS);
        assertThat(refs(memory, pfn)).isEqualTo(1);
        put(memory, pfn, 1);
    }

    @Test
    void theSlowGrabWithNeitherFlagSucceedsAndCountsNothing() {
        long pfn = allocate(memory, 0);
        long token = Grab.tryStable(core, pfn, 1, FOLL_WRITE);
        assertThat(token).isPositive();
        assertThat(Grab.countedPins(token)).isZero();
        assertThat(refs(memory, pfn)).isEqualTo(1);
        Grab.undo(core, token, deferred);
        assertThat(refs(memory, pfn)).isEqualTo(1);
        put(memory, pfn, 1);
    }

    @Test
    void pinsOfTheZeroPageAreNotCountedAndGetsAre() {
        long zero = memory.zeroPfn();
        for (int flags : new int[]{FOLL_PIN, FOLL_PIN | FOLL_LONGTERM}) {
            long token = grab(zero, flags);
            assertThat(token).isPositive();
            assertThat(Grab.countedPins(token)).isZero();
            assertThat(refs(memory, zero)).isEqualTo(1);
            Grab.undo(core, token, deferred);
            assertThat(refs(memory, zero)).isEqualTo(1);
        }
        long stable = Grab.tryStable(core, zero, 1, FOLL_PIN);
        assertThat(refs(memory, zero)).isEqualTo(1);
        Grab.undo(core, stable, deferred);
        Grab.undo(core, Grab.tokenOfHeld(core, zero, 1, FOLL_PIN), deferred);
        assertThat(refs(memory, zero)).isEqualTo(1);
        long get = grab(zero, FOLL_GET);
        assertThat(refs(memory, zero)).isEqualTo(2);
        Grab.undo(core, get, deferred);
        assertThat(refs(memory, zero)).isEqualTo(1);
    }

    /** Where a page cannot go away, both grabs add the same to the same words, and refuse the same [B17]. */
    @Test
    void onAStablePageBothGrabsAreOne() {
        long single = allocate(memory, 0);
        long folio = allocate(memory, 2);
        long frozen = allocate(memory, 0);
        assertThat(PageRefs.freeze(core.recordAddress(frozen), 1)).isTrue();
        for (long pfn : new long[]{single, folio, folio + 3, memory.zeroPfn(), frozen}) {
            long head = core.recordAddress(PageRefs.headPfn(core.recordBase(), pfn));
            for (int n = 1; n <= 4; n += 3) {
                for (int flags : new int[]{FOLL_GET, FOLL_PIN, FOLL_GET | FOLL_PIN}) {
                    long stable = Grab.tryStable(core, pfn, n, flags);
                    int refs = PageRefs.refCount(head);
                    int pins = PageRefs.pinCount(head);
                    undo(stable);
                    assertThat(PageRefs.refCount(head)).isEqualTo(pfn == frozen ? 0 : 1);
                    long speculative = Grab.trySpeculative(core, pfn, n, flags, deferred);
                    assertThat(Math.min(speculative, 1)).isEqualTo(Math.min(stable, 1));
                    assertThat(PageRefs.refCount(head)).isEqualTo(refs);
                    assertThat(PageRefs.pinCount(head)).isEqualTo(pins);
                    undo(speculative);
                }
            }
        }
        PageRefs.unfreeze(core.recordAddress(frozen), 1);
        put(memory, single, 1);
        put(memory, folio, 1);
        put(memory, frozen, 1);
    }

    private void undo(long token) {
        if (token > 0) {
            Grab.undo(core, token, deferred);
        }
    }

    @Test
    void zeroPageNeverRunsOutOfPins() {
        for (int i = 0; i < 1 << 21; i++) {
            if (grab(memory.zeroPfn(), FOLL_PIN) <= 0) {
                throw new AssertionError("refused pin " + i);
            }
        }
        assertThat(refs(memory, memory.zeroPfn())).isEqualTo(1);
    }

    @Test
    void longtermPinsAreRefusedWhereMemoryMustStayMovable() {
        long movable = core.blocks().allocate(0, Blocks.MOVABLE_FIRST);
        long normal = core.blocks().allocate(0, Blocks.NORMAL);
        assertThat(memory.zoneOf(movable)).isEqualTo(ZoneKind.MOVABLE);
        assertThat(memory.zoneOf(normal)).isEqualTo(ZoneKind.NORMAL);
        assertThat(grab(movable, FOLL_PIN | FOLL_LONGTERM)).isEqualTo(Grab.REFUSED_UNPINNABLE);
        assertThat(refs(memory, movable)).isEqualTo(1);
        long token = grab(normal, FOLL_PIN | FOLL_LONGTERM);
        assertThat(token).isPositive();
        assertThat(refs(memory, normal)).isEqualTo(1025);
        Grab.undo(core, token, deferred);
        for (int type : new int[]{MigrateType.CMA, MigrateType.ISOLATE}) {
            core.blocks().setMigrateType(normal, type);
            assertThat(memory.isLongtermPinnable(normal)).isFalse();
            assertThat(grab(normal, FOLL_PIN | FOLL_LONGTERM)).isEqualTo(Grab.REFUSED_UNPINNABLE);
            assertThat(grab(normal, FOLL_PIN)).isPositive();
            Grab.undo(core, Grab.tokenOfHeld(core, normal, 1, FOLL_PIN), deferred);
        }
        core.blocks().setMigrateType(normal, MigrateType.UNMOVABLE);
        put(memory, movable, 1);
        put(memory, normal, 1);
    }

    @Test
    void frameNumbersAndCountsAreChecked() {
        for (long pfn : new long[]{-1, memory.frames(), Long.MAX_VALUE, Long.MIN_VALUE, 0xFF_FFFF_FFFFL}) {
            assertThatThrownBy(() -> grab(pfn, FOLL_GET)).isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining(Long.toString(pfn));
            assertThatThrownBy(() -> grab(pfn, FOLL_PIN | FOLL_LONGTERM))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> Grab.tryStable(core, pfn, 1, FOLL_GET))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> deferred.add(pfn)).isInstanceOf(IndexOutOfBoundsException.class);
        }
        for (int n : new int[]{0, -1, Grab.MAX_PAGES + 1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> Grab.trySpeculative(core, 1, n, FOLL_GET, deferred))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("n = " + n);
        }
        assertThatThrownBy(() -> Grab.undo(core, Grab.REFUSED_ZERO, deferred))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 9, 10})
    void undoIsExactForEveryOrderAndAmount(int order) {
        long head = allocate(memory, order);
        int pages = 1 << order;
        for (int flags : new int[]{FOLL_GET, FOLL_PIN}) {
            for (int n : new int[]{1, 2, pages, 1024}) {
                long pfn = head + Math.min(n, pages) - 1;
                long token = Grab.trySpeculative(core, pfn, n, flags, deferred);
                boolean pin = flags == FOLL_PIN;
                assertThat(refs(memory, head)).isEqualTo(1 + (pin && order == 0 ? 1024 * n : n));
                assertThat(pins(memory, head)).isEqualTo(pin && order > 0 ? n : 0);
                assertThat(Grab.countedPins(token)).isEqualTo(pin ? n : 0);
                assertThat(Grab.headPfn(token)).isEqualTo(head);
                Grab.undo(core, token, deferred);
                assertThat(refs(memory, head)).isEqualTo(1);
                assertThat(pins(memory, head)).isZero();
            }
        }
        put(memory, head, 1);
    }

    /** The record changes its shape between grab and undo: the token knows, the record would lie. */
    @Test
    @Tag("unchecked") // changes the shape of a folio that is held
    void undoDoesNotAskTheRecordAgain() {
        long pfn = allocate(memory, 0);
        long record = core.recordAddress(pfn);
        long pin = grab(pfn, FOLL_PIN);
        Words.setLongVolatile(record + PageLayout.COMPOUND, Compound.ofHead(3));
        Grab.undo(core, pin, deferred);
        assertThat(refs(memory, pfn)).isEqualTo(1);
        assertThat(pins(memory, pfn)).isZero();
        Words.setLongVolatile(record + PageLayout.COMPOUND, Compound.NONE);
        put(memory, pfn, 1);
    }

    /** A range of which page k refuses, for every k: afterwards all counts are as if nothing had run (I2). */
    @Test
    void theKthFailureLeavesNothingBehind() {
        long large = allocate(memory, 1);
        List<Long> pages = new ArrayList<>(List.of(large, large + 1));
        for (int i = 0; i < 6; i++) {
            pages.add(allocate(memory, 0));
        }
        for (int flags : new int[]{FOLL_GET, FOLL_PIN}) {
            for (int k = 2; k < pages.size(); k++) {
                long failing = core.recordAddress(pages.get(k));
                assertThat(PageRefs.freeze(failing, 1)).isTrue();
                List<Long> tokens = new ArrayList<>();
                long refused = 0;
                for (long pfn : pages) {
                    long token = grab(pfn, flags);
                    if (token < 0) {
                        refused = token;
                        break;
                    }
                    tokens.add(token);
                }
                assertThat(refused).isEqualTo(Grab.REFUSED_ZERO);
                assertThat(tokens).hasSize(k);
                for (long token : tokens.reversed()) {
                    Grab.undo(core, token, deferred);
                }
                PageRefs.unfreeze(failing, 1);
                for (long pfn : pages) {
                    long head = PageRefs.headPfn(core.recordAddress(0), pfn);
                    assertThat(refs(memory, head)).isEqualTo(1);
                    assertThat(pins(memory, head)).isZero();
                }
            }
        }
        put(memory, large, 1);
        pages.subList(2, pages.size()).forEach(pfn -> put(memory, pfn, 1));
    }

    @Test
    @Tag("unchecked") // puts a frame that is free
    void droppingMoreThanThereIsIsAModelErrorAndChangesNothing() {
        long pfn = allocate(memory, 0);
        assertThatThrownBy(() -> Grab.putReferences(core, pfn, 2, deferred)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("put of 2 references on 1 of page " + pfn);
        // a get released as a pin [R29]
        assertThatThrownBy(() -> Grab.undo(core, Grab.orderZeroToken(pfn, FOLL_PIN), deferred))
                .isInstanceOf(MemoryModelError.class).hasMessageContaining("put of 1024 references on 1");
        assertThat(refs(memory, pfn)).isEqualTo(1);
        long head = allocate(memory, 1);
        assertThatThrownBy(() -> Grab.undo(core, Grab.tokenOfHeld(core, head + 1, 1, FOLL_PIN), deferred))
                .isInstanceOf(MemoryModelError.class).hasMessageContaining("had 0 pins");
        put(memory, pfn, 1);
        put(memory, head, 1);
        assertThatThrownBy(() -> Grab.putReferences(core, pfn, 1, deferred)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("on 0 of page " + pfn);
    }

    @Test
    void tokensOfWalksThatGrabInLine() {
        long pfn = allocate(memory, 0);
        for (int flags : new int[]{FOLL_GET, FOLL_PIN}) {
            long token = grab(pfn, flags);
            assertThat(Grab.orderZeroToken(pfn, flags)).isEqualTo(token);
            assertThat(Grab.tokenOfHeld(core, pfn, 1, flags)).isEqualTo(token);
            assertThat(Grab.headMoves(token)).isZero();
            Grab.undo(core, token, deferred);
        }
        put(memory, pfn, 1);

        long head = allocate(memory, 3);
        long tail = Compound.ofTail(head);
        for (boolean pin : new boolean[]{false, true}) {
            long token = large(head, tail, 3, pin);
            assertThat(token).isEqualTo(Grab.trySpeculative(core, head + 2, 2, pin ? FOLL_PIN : FOLL_GET, deferred));
            Grab.undo(core, token, deferred);
            Grab.undo(core, token, deferred);
            // GRAB4: the folio had another size, or the page another head, when the caller looked
            assertThat(large(head, tail, 4, pin)).isZero();
            assertThat(large(head, Compound.ofTail(head + 1), 3, pin)).isZero();
            assertThat(refs(memory, head)).isEqualTo(1);
            assertThat(pins(memory, head)).isZero();
        }
        put(memory, head, 1);
    }

    /** The straight line of large folios, for two pages from the third on, by a caller who saw this. */
    private long large(long head, long compoundSeen, int orderSeen, boolean pin) {
        return Grab.tryLarge(core, core.recordAddress(head + 2), compoundSeen, head, core.recordAddress(head),
                Compound.ofHead(orderSeen), 2, pin, deferred);
    }
}
