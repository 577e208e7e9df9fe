package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.memory.Memories.allocate;
import static io.pinfold.core.memory.Memories.closeIdle;
import static io.pinfold.core.memory.Memories.fill;
import static io.pinfold.core.memory.Memories.put;
import static io.pinfold.core.memory.Memories.refs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.batch.PageList;
import io.pinfold.core.words.Align;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a batch hands out belongs to the caller alone, and what it holds changes only while it is being filled. */
class BatchFillTest {
    private final PhysicalMemory memory = Memories.open(16);
    private final long pfn = allocate(memory, 2);

    private void finish() {
        assertThat(refs(memory, pfn)).isEqualTo(1);
        put(memory, pfn, 1);
        closeIdle(memory);
    }

    @Test
    void theListOfFrameNumbersIsACopy() {
        PageBatch<Hold.Pin> batch = memory.newPageBatch(4);
        assertThat(batch.pfns()).isEmpty();
        fill(batch, FOLL_PIN, pfn, pfn + 1, memory.zeroPfn());
        long[] pfns = batch.pfns();
        assertThat(pfns).containsExactly(pfn, pfn + 1, memory.zeroPfn());
        pfns[0] = pfn + 3;
        pfns[1] = 0;
        assertThat(batch.pfns()).containsExactly(pfn, pfn + 1, memory.zeroPfn());
        memory.unpinUserPagesDirtyLock(batch, 0, 1, false);
        assertThat(batch.pfns()).as("given back ones are no frame").containsExactly(0, pfn + 1, memory.zeroPfn());
        memory.unpinUserPages(batch);
        assertThat(batch.pfns()).isEmpty();
        finish();
    }

    @Test
    void whatIsHeldCannotBeChanged() {
        PageBatch<Hold.Get> list = memory.newPageBatch(4);
        for (Batch<Hold.Get> batch : List.<Batch<Hold.Get>>of(list, memory.newExtentBatch(4))) {
            refuseAll(batch, "holds nothing");
            fill(batch, FOLL_GET, pfn, pfn + 1);
            refuseAll(batch, "holds 2 gets");
            assertThatThrownBy(() -> ((PageList) Bridge.held(list)).filled(4))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(batch.size()).isEqualTo(2);
            assertThat(memory.putPages(batch)).isEqualTo(2);
            batch.close();
            refuseAll(batch, "is closed");
        }
        assertThatThrownBy(() -> ((PageList) Bridge.held(list)).filled(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(((PageList) Bridge.held(list))::beginFillEntries).isInstanceOf(IllegalStateException.class);
        finish();
    }

    private void refuseAll(Batch<?> batch, String why) {
        assertThatThrownBy(() -> Bridge.held(batch).append(pfn, 1)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(why);
        assertThatThrownBy(Bridge.held(batch)::takeLast).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(why);
    }

    @Test
    void takingOffMoreThanWasAppendedIsRefusedAndChangesNothing() {
        for (Batch<Hold.Get> batch : List.<Batch<Hold.Get>>of(memory.newPageBatch(1), memory.newExtentBatch(1))) {
            Bridge.held(batch).beginFill();
            assertThatThrownBy(Bridge.held(batch)::takeLast).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(batch.toString()).hasMessageContaining("nothing is appended");
            Bridge.held(batch).append(pfn, 1);
            assertThat(Bridge.held(batch).takeLast()).isEqualTo(pfn);
            assertThatThrownBy(Bridge.held(batch)::takeLast).isInstanceOf(IllegalStateException.class);
            assertThat(Bridge.held(batch).hasRoomFor(pfn)).isTrue();
            Bridge.held(batch).commit(false);
            assertThat(batch.isHeld()).isFalse();
            fill(batch, FOLL_GET, pfn);
            assertThat(memory.putPages(batch)).isEqualTo(1);
            batch.close();
        }
        finish();
    }

    /** A roll-back that fails itself: what ended the call is what its caller is told, the failure comes with it. */
    @Test
    void whatARollBackThrowsIsSuppressed() {
        for (Batch<?> batch : List.of(memory.newPageBatch(1), memory.newExtentBatch(1))) {
            Bridge.held(batch).beginFill();
            Bridge.held(batch).append(memory.options().ramBytes() >>> Align.PAGE_SHIFT << 8, 1); // not in this memory
            Exception ended = new Exception("what ended the call");
            Bridge.held(batch).rollBack(false, ended);
            assertThat(ended.getSuppressed()).singleElement().isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(batch.isHeld()).isFalse();
            batch.close(); // empty, and no longer being filled
        }
        finish();
    }

    @Test
    void moreThanThereIsRoomForIsRefusedAndChangesNothing() {
        PageBatch<?> list = memory.newPageBatch(2);
        ExtentBatch<?> extents = memory.newExtentBatch(1);
        for (Batch<?> batch : List.of(list, extents)) {
            Bridge.held(batch).beginFill();
            Bridge.held(batch).append(pfn, 1);
            for (int pages : new int[]{0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                assertThatThrownBy(() -> Bridge.held(batch).append(pfn + 2, pages))
                        .isInstanceOf(IndexOutOfBoundsException.class)
                        .hasMessageContaining(pages + " pages behind 1").hasMessageContaining("capacity of ");
            }
        }
        assertThatThrownBy(() -> Bridge.held(list).append(pfn + 2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Bridge.held(extents).append(pfn + 2, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(list.length()).isEqualTo(1);
        assertThat(extents.pages(0)).isEqualTo(1);
        Bridge.held(list).abandon();
        Bridge.held(extents).abandon();
        finish();
    }
}
