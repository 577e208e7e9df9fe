package io.pinfold.core.device;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.device.DevPagemapOptions.Removal;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pagemap.Pagemap;
import io.pinfold.core.words.Words;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The life of a pagemap and of its pages: from {@code add} over look-ups, gets and pins to the removal. */
@Timeout(60)
class DevPagemapTest extends PagemapTest {

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
}
