package io.pinfold.core.device;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.device.DevPagemapOptions.Removal;
import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pagemap.Pagemap;
import io.pinfold.core.pagemap.PagemapRegistry;
import io.pinfold.core.pagemap.Pagemaps;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class DevPagemapTest {
    /** A granule, or some small ones. */
    private static final int UNIT = Math.max(8, DevPagemaps.GRANULE_FRAMES);
    private static final int UNIT_ORDER = Integer.numberOfTrailingZeros(UNIT);

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8L << 20).withDeviceBytes(16L << 20));
    private final MemoryCore core = Bridge.core(memory);
    private final Pagemaps pagemaps = core.pagemaps();
    private final PagemapRegistry registry = pagemaps.registry();
    private final long start = memory.deviceStart();
    private final WalkerSlot slot = core.slots().open(0);
    private final FreeBatch deferred = new FreeBatch(core);
    private final List<Long> freed = new ArrayList<>();
    private final DevPagemapOps ops = new DevPagemapOps() {
        @Override
        public void pageFree(DevPagemap pagemap, long headPfn) {
            freed.add(headPfn);
        }
    };

    @AfterEach
    void nothingIsLeft() {
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    private Pagemap add(DevPagemapType type, long firstPfn, long frames) {
        return pagemaps.add(DevPagemapOptions.of(type, firstPfn, frames).withOps(ops));
    }

    private int refs(long pfn) {
        return memory.page(pfn).refCount();
    }

    private long get(long pfn, long cached) {
        slot.enter();
        long found = registry.get(pfn, cached, slot.stripe());
        slot.exit();
        return found;
    }

    private void put(long pagemap) {
        slot.enter();
        registry.put(pagemap, slot.stripe());
        slot.exit();
    }

    private long grab(long pfn, int n, int flags) {
        slot.enter();
        long token = Grab.trySpeculative(core, pfn, n, flags, deferred);
        slot.exit();
        assertThat(token).isPositive();
        return token;
    }

    private void undo(long token) {
        slot.enter();
        Grab.undo(core, token, deferred);
        slot.exit();
        assertThat(deferred.drain()).isZero();
    }

    @Test
    void aGranuleIsWhatOnePmdLeafMaps() {
        assertThat((long) DevPagemaps.GRANULE_FRAMES).isEqualTo(Geometry.leafPages(Geometry.PMD));
        DevPagemap pagemap = add(DevPagemapType.FS_DAX, start, DevPagemaps.GRANULE_FRAMES);
        Pagemap next = add(DevPagemapType.FS_DAX, pagemap.ranges().getFirst().endPfn(), DevPagemaps.GRANULE_FRAMES);
        assertThat(get(start + DevPagemaps.GRANULE_FRAMES, get(start, 0))).isEqualTo(next.address());
        put(next.address());
        assertThatThrownBy(() -> add(DevPagemapType.FS_DAX, start, DevPagemaps.GRANULE_FRAMES / 2))
                .isInstanceOf(IllegalArgumentException.class);
        pagemap.remove();
        next.remove();
    }

    @ParameterizedTest
    @EnumSource
    void addMakesIdlePagesAndRemoveTakesThemBack(DevPagemapType type) {
        DevPagemap pagemap = add(type, start, UNIT);
        for (long pfn = start; pfn < start + UNIT; pfn++) {
            PageInfo page = memory.page(pfn);
            assertThat(page.type()).isEqualTo(PageType.DEVICE);
            assertThat(page.refCount()).isEqualTo(1);
            assertThat(Words.getLongVolatile(core.recordAddress(pfn) + PageLayout.PGMAP)).isEqualTo(pagemap.id());
        }
        assertThat(memory.page(start + UNIT).type()).isEqualTo(PageType.NEVER_USED);
        assertThat(pagemap.references()).isEqualTo(1 + UNIT);
        assertThat(MemoryAudit.check(memory)).isEmpty();
        assertThatThrownBy(memory::close).hasMessageContaining("pagemap " + pagemap.id() + " (" + type + ")");
        pagemap.remove();
        assertThat(memory.page(start).type()).isEqualTo(PageType.FREE_BODY);
        assertThat(memory.page(start).refCount()).isZero();
        assertThat(memory.page(start).generation()).isEqualTo(1);
        add(type, start, UNIT).remove();
        assertThat(memory.page(start + UNIT - 1).generation()).as("never reset").isEqualTo(2);
        assertThat(freed).as("removal is no put").isEmpty();
    }

    /** What lies between two ranges of a pagemap may be another's: both ends alone do not tell. */
    @Test
    void aPagemapCoversWhatAllOfItsRangesAre() {
        Pagemap around = pagemaps.add(DevPagemapOptions.of(DevPagemapType.GENERIC, start, 1)
                .withRanges(List.of(new Range(start, UNIT), new Range(start + 2 * UNIT, 2 * UNIT))));
        Pagemap between = add(DevPagemapType.GENERIC, start + UNIT, UNIT);
        for (int first = 0; first < 4; first++) {
            for (int units = 1; first + units <= 4; units++) {
                boolean isOther = first <= 1 && first + units > 1;
                assertThat(registry.covers(around.address(), start + first * UNIT, units * UNIT))
                        .as("units %d to %d", first, first + units - 1).isEqualTo(!isOther);
                assertThat(registry.covers(between.address(), start + first * UNIT, units * UNIT))
                        .isEqualTo(first == 1 && units == 1);
            }
        }
        around.remove();
        between.remove();
    }

    /** Neighbours in any order are no overlap, a common frame is one. */
    @Test
    void rangesOfOnePagemapMayTouch() {
        for (int second = 0; second <= 4; second++) {
            DevPagemapOptions options = DevPagemapOptions.of(DevPagemapType.GENERIC, start, 1).withRanges(
                    List.of(new Range(start + 2 * UNIT, UNIT), new Range(start + second * UNIT, UNIT)));
            if (second == 2) {
                assertThatThrownBy(() -> pagemaps.add(options)).hasMessageContaining("overlaps");
            } else {
                pagemaps.add(options).remove();
            }
        }
    }

    /** Wherever the one free place is, it is found, the last one of the window included. */
    @Test
    void theOnlyFreePlaceIsFound() {
        int units = (int) ((memory.frames() - start) / UNIT);
        List<DevPagemap> all = new ArrayList<>();
        for (int unit = 0; unit < units; unit++) {
            all.add(add(DevPagemapType.GENERIC, start + (long) unit * UNIT, UNIT));
        }
        assertThat(pagemaps.findFree(UNIT, 1)).isNegative();
        for (int unit = 0; unit < units; unit++) {
            all.get(unit).remove();
            assertThat(pagemaps.findFree(UNIT, 1)).isEqualTo(start + (long) unit * UNIT);
            assertThat(pagemaps.findFree(2L * UNIT, 1)).isNegative();
            all.set(unit, add(DevPagemapType.GENERIC, start + (long) unit * UNIT, UNIT));
        }
        all.forEach(DevPagemap::remove);
    }

    @Test
    void lookUpsGiveOneReferenceForAChain() {
        Pagemap one = add(DevPagemapType.FS_DAX, start, UNIT);
        Pagemap other = pagemaps.add(DevPagemapOptions.of(DevPagemapType.GENERIC, start, 1)
                .withRanges(List.of(new Range(start + UNIT, UNIT), new Range(start + 3 * UNIT, UNIT))));
        assertThat(registry.isDevice(start - 1)).isFalse();
        assertThat(registry.isDevice(start)).isTrue();
        assertThat(registry.isDevice(memory.frames())).isFalse();
        for (long none : new long[]{2, start - 1, start + 2 * UNIT, memory.frames(), -1}) {
            assertThat(get(none, 0)).isZero();
        }
        long first = get(start, 0);
        assertThat(first).isEqualTo(one.address());
        assertThat(get(start + UNIT - 1, first)).as("covered").isEqualTo(first);
        assertThat(one.references()).as("once").isEqualTo(2 + UNIT);
        long second = get(start + UNIT, first);
        assertThat(second).isEqualTo(other.address());
        assertThat(one.references()).as("released on the way").isEqualTo(1 + UNIT);
        assertThat(get(start + 3 * UNIT, second)).as("every range counts, not the first alone").isEqualTo(second);
        assertThat(get(start + 2 * UNIT, second)).as("nothing there").isZero();
        assertThat(other.references()).isEqualTo(1 + 2 * UNIT);
        assertThat(pagemaps.section().get(start, 0)).isEqualTo(first);
        assertThat(one.references()).isEqualTo(2 + UNIT);
        pagemaps.section().put(first);
        assertThat(pagemaps.of(start + 4 * UNIT - 1)).isSameAs(other);
        assertThat(pagemaps.of(start + 4 * UNIT)).isNull();
        assertThat(pagemaps.findFree(UNIT, 1)).isEqualTo(start + 2 * UNIT);
        assertThat(pagemaps.findFree(2 * UNIT, 1)).isEqualTo(start + 4 * UNIT);
        assertThat(pagemaps.findFree(memory.frames() - start, 1)).isEqualTo(-1);
        assertThat(MemoryAudit.check(memory)).isEmpty();
        one.remove();
        other.remove();
    }

    @Test
    void aDyingPagemapIsNotFoundAndItsLookUpsHoldItUp() {
        DevPagemap pagemap = add(DevPagemapType.GENERIC, start, UNIT);
        long held = get(start, 0);
        pagemap.kill();
        assertThat(get(start, 0)).isZero();
        assertThat(pagemaps.section().get(start, 0)).isZero();
        assertThat(get(start + 1, held)).as("covered: no look-up at all").isEqualTo(held);
        assertThat(pagemap.step()).isFalse();
        assertThatThrownBy(pagemap::close).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("still referenced");
        assertThat(get(2, held)).as("put on the way to nothing").isZero();
        assertThat(pagemap.step()).isTrue();
        assertThatThrownBy(pagemap::kill).hasMessageContaining("killed twice");
        pagemap.close();
        assertThatThrownBy(pagemap::close).hasMessageContaining("closed already");
    }

    /** N8. */
    @Test
    void n8OnePageFreeForEachReturnToIdle() {
        DevPagemap pagemap = add(DevPagemapType.FS_DAX, start, UNIT);
        long pin = grab(start, 1, FOLL_PIN);
        assertThat(refs(start)).isEqualTo(1025);
        undo(pin);
        assertThat(refs(start)).isEqualTo(1);
        assertThat(freed).containsExactly(start);
        long get = grab(start, 1, FOLL_GET);
        pin = grab(start, 1, FOLL_PIN);
        assertThat(refs(start)).isEqualTo(1026);
        undo(pin);
        assertThat(refs(start)).isEqualTo(2);
        assertThat(freed).as("not idle yet").hasSize(1);
        undo(get);
        assertThat(refs(start)).isEqualTo(1);
        assertThat(freed).containsExactly(start, start);
        pagemap.remove();
    }

    /** N10. */
    @Test
    void n10APinDelaysRemovalUntilItsLastPut() {
        DevPagemap pagemap = add(DevPagemapType.FS_DAX, start, UNIT);
        long pin = grab(start + 7, 1, FOLL_PIN);
        assertThat(refs(start + 7)).isEqualTo(1025);
        pagemap.kill();
        assertThat(refs(start + 7)).isEqualTo(1024);
        assertThat(refs(start)).isZero();
        assertThat(pagemap.step()).isFalse();
        assertThat(pagemap.references()).as("the pinned page's").isEqualTo(1);
        undo(pin);
        assertThat(refs(start + 7)).isZero();
        assertThat(freed).as("the owner is removing it all").isEmpty();
        assertThat(pagemap.step()).isTrue();
        pagemap.close();
    }

    @Test
    void onlyManagedTypesAreToldAndOffTheSlot() {
        for (DevPagemapType type : DevPagemapType.values()) {
            freed.clear();
            DevPagemap pagemap = add(type, start, UNIT);
            long token = grab(start, 1, FOLL_GET);
            slot.enter();
            Grab.undo(core, token, deferred);
            assertThat(freed).as("inside the slot").isEmpty();
            slot.exit();
            assertThat(deferred.isEmpty()).isEqualTo(!type.isManaged());
            deferred.drain();
            assertThat(freed).hasSize(type.isManaged() ? 1 : 0);
            pagemap.remove();
        }
    }

    /** Two puts before a call is made: one call, which begins after both. */
    @Test
    void putsThatNobodyWasToldOfYetShareACall() {
        DevPagemap pagemap = add(DevPagemapType.FS_DAX, start, UNIT);
        for (int i = 0; i < 2; i++) {
            long token = grab(start + 3, 1, FOLL_GET);
            Grab.undo(core, token, deferred);
        }
        Grab.undo(core, grab(start + 5, 1, FOLL_GET), deferred);
        deferred.drain();
        assertThat(freed).containsExactlyInAnyOrder(start + 3, start + 5);
        pagemap.remove();
    }

    @Test
    void compoundPagesCountOnTheirHead() {
        DevPagemap pagemap = pagemaps
                .add(DevPagemapOptions.of(DevPagemapType.FS_DAX, start, 2 * UNIT).withOrder(UNIT_ORDER)
                        .withOps(ops));
        assertThat(pagemap.pages()).isEqualTo(2);
        assertThat(pagemap.references()).isEqualTo(3);
        assertThat(memory.page(start).pages()).isEqualTo(UNIT);
        assertThat(memory.page(start + 5).head()).isEqualTo(start);
        assertThat(refs(start + 5)).isZero();
        long token = grab(start + 5, 4, FOLL_PIN);
        assertThat(refs(start)).isEqualTo(5);
        assertThat(memory.page(start).pinCount()).isEqualTo(4);
        pagemap.kill();
        assertThat(pagemap.step()).isFalse();
        undo(token);
        assertThat(pagemap.step()).isTrue();
        pagemap.close();
        assertThat(memory.page(start + 5).generation()).as("tails too").isEqualTo(1);
        assertThatThrownBy(
                () -> pagemaps.add(DevPagemapOptions.of(DevPagemapType.GENERIC, start, UNIT).withOrder(UNIT_ORDER + 1)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("whole units of " + 2 * UNIT);
    }

    /**
     * 6.1: removal completes under a pin. The frame's life ends while it is held, and the unpin finds nothing to put.
     */
    @Test
    void withLookUpsAloneHoldingItAPinnedFrameIsTakenAway() {
        DevPagemap pagemap = pagemaps.add(DevPagemapOptions.of(DevPagemapType.GENERIC, start, UNIT)
                .withRemoval(Removal.LOOKUPS_HOLD));
        PageBatch<Hold.Pin> batch = memory.newPageBatch(1);
        Bridge.held(batch).beginFill();
        grab(start, 1, FOLL_PIN);
        Bridge.held(batch).countAcquired(0, 1);
        Bridge.held(batch).append(start, 1);
        Bridge.held(batch).commit(true, 0, 0);
        int generation = memory.page(start).generation();
        pagemap.remove();
        assertThat(batch.isPinned()).as("still held, says its holder").isTrue();
        assertThat(memory.page(start).generation()).as("and already in another life").isEqualTo(generation + 1);
        Pagemap next = add(DevPagemapType.GENERIC, start, UNIT);
        assertThatThrownBy(() -> memory.unpinUserPages(batch)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("put of 1024 references on 1");
        assertThat(refs(start)).as("the next owner's").isEqualTo(1);
        next.remove();
    }

    @Test
    void theOwnersOwnReferenceCannotBePutByOthers() {
        DevPagemap pagemap = add(DevPagemapType.GENERIC, start, UNIT);
        assertThatThrownBy(() -> Grab.putReferences(core, start, 1, deferred)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("the owner's own");
        assertThatThrownBy(() -> Grab.putReferences(core, start, 2, deferred)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("put of 2 references on 1");
        assertThat(refs(start)).isEqualTo(1);
        pagemap.remove();
    }

    @Test
    void aMappedPageIsNotRemoved() {
        DevPagemap pagemap = add(DevPagemapType.COHERENT, start, UNIT);
        PageRefs.addMapping(core.recordAddress(start + 1));
        pagemap.kill();
        pagemap.awaitDone();
        assertThatThrownBy(pagemap::close).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("removed with 0 references and 1 mappings");
        PageRefs.removeMapping(core.recordAddress(start + 1));
        pagemap.close();
    }

    @Test
    @Tag("unchecked") // plants a generation
    void badRangesAreRefusedAndLeaveNothing() {
        DevPagemap pagemap = add(DevPagemapType.GENERIC, start + UNIT, UNIT);
        for (Range range : List.of(new Range(start, 0), new Range(start, UNIT - 1), new Range(start + 1, UNIT),
                new Range(start - UNIT, 2 * UNIT), new Range(memory.frames() - UNIT, 2 * UNIT),
                new Range(start, Long.MAX_VALUE - UNIT + 1))) {
            assertThatThrownBy(() -> add(DevPagemapType.GENERIC, range.firstPfn(), range.frames())).as("%s", range)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> pagemaps.add(DevPagemapOptions.of(DevPagemapType.GENERIC, start, UNIT)
                .withRanges(List.of(new Range(start, UNIT), new Range(start, UNIT)))))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("overlaps");
        assertThatThrownBy(() -> add(DevPagemapType.GENERIC, start, 2 * UNIT))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("overlaps pagemap");
        Words.setIntVolatile(core.recordAddress(start) + PageLayout.GENERATION, -2);
        add(DevPagemapType.GENERIC, start, UNIT).remove();
        assertThat(memory.page(start).type()).isEqualTo(PageType.RETIRED);
        assertThatThrownBy(() -> add(DevPagemapType.GENERIC, start, UNIT)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("used up");
        pagemap.remove();
        assertThat(pagemaps.list()).isEmpty();
    }

    @Test
    void aCallbackThatThrowsStopsNoOther() {
        DevPagemap angry = pagemaps.add(DevPagemapOptions.of(DevPagemapType.FS_DAX, start, UNIT)
                .withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap pagemap, long headPfn) {
                        throw new IllegalArgumentException("frame " + headPfn);
                    }
                }));
        DevPagemap calm = add(DevPagemapType.FS_DAX, start + UNIT, UNIT);
        for (long pfn : new long[]{start, start + 1, start + UNIT}) {
            Grab.undo(core, grab(pfn, 1, FOLL_GET), deferred);
        }
        assertThatThrownBy(deferred::drain).isInstanceOf(IllegalArgumentException.class);
        assertThat(freed).containsExactly(start + UNIT);
        angry.remove();
        calm.remove();
    }

    @Test
    void aPagemapThatIsClosedLeavesTheNextOneInItsBlockAlone() {
        Pagemap before = add(DevPagemapType.GENERIC, start, UNIT);
        before.remove();
        Pagemap next = add(DevPagemapType.FS_DAX, start, UNIT);
        assertThat(next.address()).as("the block is used again").isEqualTo(before.address());
        assertThatThrownBy(before::kill).isInstanceOf(IllegalStateException.class).hasMessageContaining("exited");
        assertThat(next.isLive()).isTrue();
        assertThat(before.isLive()).isFalse();
        assertThat(before.references()).isZero();
        long held = get(start, 0);
        next.kill();
        assertThat(before.step()).as("long ago").isTrue();
        before.awaitDone();
        assertThatThrownBy(before::close).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed already");
        assertThat(next.step()).as("a look-up holds it").isFalse();
        put(held);
        assertThatThrownBy(before::close).hasMessageContaining("closed already");
        assertThatThrownBy(before::kill).isInstanceOf(IllegalStateException.class);
        assertThat(next.isClosed()).isFalse();
        assertThat(next.step()).isTrue();
        assertThat(before.step()).isTrue();
        next.close();
        assertThat(before.isClosed() && next.isClosed()).isTrue();
    }

    @Test
    void ofTwoClosersOneEndsIt() throws Exception {
        for (int round = 0; round < 200; round++) {
            DevPagemap pagemap = add(DevPagemapType.GENERIC, start, UNIT);
            pagemap.kill();
            pagemap.awaitDone();
            CyclicBarrier barrier = new CyclicBarrier(2);
            Callable<Boolean> closer = () -> {
                barrier.await();
                try {
                    pagemap.close();
                    return true;
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessageContaining("closed already");
                    return false;
                }
            };
            FutureTask<Boolean> other = new FutureTask<>(closer);
            Thread thread = Thread.ofPlatform().start(other);
            boolean isMine = closer.call();
            assertThat(other.get()).isNotEqualTo(isMine);
            thread.join();
            assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        }
    }

    @Test
    void anErrorOfACallbackStopsNeitherOthersNorTheRemoval() {
        DevPagemap angry = pagemaps.add(DevPagemapOptions.of(DevPagemapType.FS_DAX, start, UNIT)
                .withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap pagemap, long headPfn) {
                        freed.add(headPfn);
                        throw new OutOfMemoryError("frame " + headPfn);
                    }
                }));
        for (long pfn = start; pfn < start + 3; pfn++) {
            Grab.undo(core, grab(pfn, 1, FOLL_GET), deferred);
        }
        assertThatThrownBy(deferred::drain).isInstanceOf(OutOfMemoryError.class)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(2));
        assertThat(freed).hasSize(3);
        Grab.undo(core, grab(start, 1, FOLL_GET), deferred); // due, and the owner is not called yet when it is removed
        angry.remove();
        assertThat(freed).as("who removes it all hears no more").hasSize(3);
        freed.clear();
        assertThat(pagemaps.list()).isEmpty();
        assertThat(deferred.drain()).isZero();
        add(DevPagemapType.FS_DAX, start, UNIT).remove();
    }

    @Test
    void figuresForAPlaceAreChecked() {
        for (long frames : new long[]{0, -1, UNIT - 1, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> pagemaps.findFree(frames, 1)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("frames = " + frames);
        }
        for (long alignment : new long[]{0, 3, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> pagemaps.findFree(UNIT, alignment)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("alignment = " + alignment);
        }
        assertThat(pagemaps.findFree(UNIT, 1L << 62)).isEqualTo(-1);
        assertThat(pagemaps.findFree(1L << 62, 1)).isEqualTo(-1);
        assertThat(pagemaps.findFree(UNIT, 1)).isEqualTo(start);
        assertThatThrownBy(() -> pagemaps.add(null)).isInstanceOf(NullPointerException.class).hasMessage("options");
    }

    @Test
    void aPlaceThatIsTakenIsAnsweredAndAnythingElseIsRefused() {
        DevPagemap first = pagemaps.tryAdd(DevPagemapOptions.of(DevPagemapType.GENERIC, start, UNIT));
        assertThat(first).isNotNull();
        assertThat(pagemaps.tryAdd(DevPagemapOptions.of(DevPagemapType.GENERIC, start, 2L * UNIT))).isNull();
        assertThat(pagemaps.list()).containsExactly(first);
        assertThatThrownBy(() -> pagemaps.tryAdd(DevPagemapOptions.of(DevPagemapType.GENERIC, start + 1, UNIT)))
                .isInstanceOf(IllegalArgumentException.class);
        first.kill();
        assertThat(pagemaps.tryAdd(DevPagemapOptions.of(DevPagemapType.GENERIC, start, UNIT))).as("dying").isNull();
        first.awaitDone();
        first.close();
    }

    /** A callback of another thread begins and ends inside this one: the end of that one ends no other. */
    @Test
    void aCallbackIsToldSoThoughAnotherHasJustEnded() {
        List<Throwable> refusals = new ArrayList<>();
        Pagemap inner = add(DevPagemapType.PCI_P2PDMA, start + UNIT, UNIT);
        Pagemap outer = pagemaps.add(DevPagemapOptions.of(DevPagemapType.PCI_P2PDMA, start, UNIT)
                .withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap pagemap, long headPfn) {
                        Thread other = new Thread(() -> useOnce(start + UNIT));
                        other.start();
                        assertThatCode(other::join).doesNotThrowAnyException();
                        refusals.add(catchThrowable(pagemap::close));
                    }
                }));
        useOnce(start);
        assertThat(freed).containsExactly(start + UNIT);
        assertThat(refusals).singleElement().satisfies(refusal -> assertThat(refusal)
                .isInstanceOf(MisuseException.class).hasMessageContaining("by a callback of a pagemap"));
        outer.remove();
        inner.remove();
    }

    /** A get and its put, by a walker of its own. */
    private void useOnce(long pfn) {
        FreeBatch batch = new FreeBatch(core);
        try (WalkerSlot own = core.slots().open(0)) {
            own.enter();
            Grab.undo(core, Grab.trySpeculative(core, pfn, 1, FOLL_GET, batch), batch);
            own.exit();
        }
        assertThat(batch.drain()).isZero();
    }

    /**
     * Its end waits for callbacks, of its own and of others that the same put tells; the callback is told so and does
     * not hang.
     */
    @Test
    void aCallbackCannotWaitForTheEndOfAPagemap() {
        List<Throwable> refusals = new ArrayList<>();
        List<DevPagemap> both = new ArrayList<>();
        DevPagemapOps removing = new DevPagemapOps() {
            @Override
            public void pageFree(DevPagemap pagemap, long headPfn) {
                for (DevPagemap any : both) {
                    refusals.add(catchThrowable(any::remove));
                    assertThat(any.isLive()).as("nothing was begun").isTrue();
                }
                if (pagemap == both.getLast()) {
                    pagemap.kill();
                    refusals.add(catchThrowable(pagemap::close));
                    refusals.add(catchThrowable(() -> {
                        pagemap.awaitDone(); // may be done already
                        pagemap.close();
                    }));
                }
            }
        };
        for (int i = 0; i < 2; i++) {
            both.add(pagemaps.add(
                    DevPagemapOptions.of(DevPagemapType.PCI_P2PDMA, start + (long) i * UNIT, UNIT).withOps(removing)));
        }
        slot.enter(); // both are due when the batch is drained
        for (int i = 0; i < 2; i++) {
            long token = Grab.trySpeculative(core, start + (long) i * UNIT, 1, FOLL_GET, deferred);
            Grab.undo(core, token, deferred);
        }
        slot.exit();
        assertThat(deferred.drain()).isZero();
        assertThat(refusals).hasSize(6).allSatisfy(refusal -> assertThat(refusal)
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("by a callback of a pagemap"));
        both.getFirst().remove();
        both.getLast().awaitDone();
        both.getLast().close();
    }
}
