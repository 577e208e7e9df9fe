package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.handle.GuestHolds;
import io.pinfold.core.memory.handle.HandleGrab;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;
import java.util.List;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Releases by handle without a hold: each one that is certain throws, and changes nothing. */
class FrameHandlesMisuseTest {
    private final PhysicalMemory memory = Memories.open(8);
    private final MemoryCore core = Bridge.core(memory);
    private final FrameHandles handles = memory.handles();
    private final SessionSlot slot = core.slots().openForThread();
    private final HandleGrab grab = new HandleGrab(core, slot);

    private int refs(long handle) {
        return Memories.refs(memory, FrameHandle.pfn(handle));
    }

    private static void refused(LongConsumer call, long handle, String why) {
        assertThatThrownBy(() -> call.accept(handle)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("frame " + FrameHandle.pfn(handle) + " of generation "
                        + Integer.toUnsignedString(FrameHandle.generation(handle)) + ": ")
                .hasMessageContaining(why);
    }

    /** Mapped pages, pages of caches, pages of batches: they have a handle, and owners of their own. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void ownersCallsAreForFramesThatWereAllocatedByHandle(int order) {
        long owned = handles.allocate();
        long head = Memories.allocate(memory, order);
        long handle = handles.handleOf(head + (1L << order) - 1);
        List<LongConsumer> calls = List.of(handles::tryFreeze, handles::unfreeze, handles::free);
        for (LongConsumer call : calls) {
            refused(call, handle, "it was not allocated by handle");
        }
        assertThat(Memories.refs(memory, head)).isOne();
        Memories.put(memory, head, 1);
        handles.put(owned);
        Memories.closeIdle(memory);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void aFrameOfOthersIsGivenBackAsOftenAsItWasTakenByHandle(int order) {
        long owned = handles.allocate();
        long head = Memories.allocate(memory, order);
        long handle = handles.handleOf(head + (1L << order) - 1);
        PageBatch<Hold.Pin> batch = memory.newPageBatch(1);
        Memories.fill(batch, FOLL_PIN, head);
        int before = Memories.refs(memory, head);
        long pin = FrameHandle.toPin(handle);
        refused(handles::put, handle, "0 gets and 0 pins of it were taken by handle");
        refused(handles::unpin, pin, "0 gets and 0 pins of it were taken by handle");
        assertThat(grab.tryPin(handle)).isEqualTo(pin);
        refused(handles::put, handle, "0 gets and 1 pins of it were taken by handle");
        refused(handles::put, pin, "it is a pin");
        refused(handles::unpin, handle, "it is a handle and no pin");
        handles.unpin(pin);
        refused(handles::unpin, pin, "0 gets and 0 pins of it were taken by handle");
        assertThat(grab.tryGet(handle)).isTrue();
        refused(handles::unpin, pin, "1 gets and 0 pins of it were taken by handle");
        handles.put(handle);
        refused(handles::put, handle, "0 gets and 0 pins of it were taken by handle");
        assertThat(Memories.refs(memory, head)).isEqualTo(before);
        memory.unpinUserPages(batch);
        batch.close();
        Memories.put(memory, head, 1);
        handles.put(owned);
        Memories.closeIdle(memory);
    }

    /** The order of a free block lies in the word that counts holds: a release that comes after the free finds none. */
    @Test
    @Tag("unchecked") // where the record of a free frame is not looked at
    void whatAFreeBlockKeepsIsNotTakenForHolds() {
        long owned = handles.allocate();
        long pfn = Memories.allocate(memory, 3);
        Memories.put(memory, pfn, 1);
        long handle = FrameHandle.of(pfn, PageRefs.generation(core.recordAddress(pfn)));
        long block = pfn; // the head of the free block that it went to
        while (Words.getLongVolatile(core.recordAddress(block) + PageLayout.HANDLE_HOLDS) == 0) {
            block--;
        }
        long record = core.recordAddress(block);
        long order = Words.getLongVolatile(record + PageLayout.HANDLE_HOLDS);
        assertThat(order).as("an order").isBetween(3L, (long) Blocks.MAX_ORDER);
        refused(held -> GuestHolds.remove(record, false, held, "put"), handle, "0 gets and 0 pins of it were taken");
        assertThat(Words.getLongVolatile(record + PageLayout.HANDLE_HOLDS)).isEqualTo(order);
        handles.put(owned);
        Memories.closeIdle(memory);
    }

    /** A holder by handle may outlive the mapping or cache that the page was found in. */
    @Test
    void theLastReferenceOfAFrameOfOthersMayGoByHandle() {
        long pfn = Memories.allocate(memory, 0);
        long handle = handles.handleOf(pfn);
        assertThat(grab.tryGet(handle)).isTrue();
        Memories.put(memory, pfn, 1);
        handles.put(handle);
        assertThat(Memories.generation(memory, pfn)).isOne();
        Memories.closeIdle(memory);
    }

    @Test
    void manyGetsOfOneFrameGoOneByOne() {
        long handle = handles.allocate();
        int gets = PageRefs.PIN_BIAS + 1;
        for (int i = 0; i < gets; i++) {
            assertThat(grab.tryGet(handle)).isTrue();
        }
        for (int left = gets; left > 0; left--) {
            assertThat(refs(handle)).isEqualTo(left + 1);
            handles.put(handle);
        }
        assertThat(handles.tryFreeze(handle)).isTrue();
        handles.free(handle);
        Memories.closeIdle(memory);
    }

    @Test
    void whatIsNotFrozenIsNeitherUnfrozenNorFreed() {
        long handle = handles.allocate();
        assertThat(grab.tryGet(handle)).isTrue();
        refused(handles::unfreeze, handle, "2 references and is not frozen");
        refused(handles::free, handle, "2 references and is not frozen");
        handles.put(handle);
        assertThat(handles.tryFreeze(handle)).isTrue();
        refused(handles::put, handle, "it has 0 references");
        refused(handles::unpin, FrameHandle.toPin(handle), "it has 0 references and no pin");
        handles.unfreeze(handle);
        refused(handles::unfreeze, handle, "1 references and is not frozen");
        refused(handles::free, handle, "1 references and is not frozen");
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    /** Whatever the counts are: the number says what it is. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aPinIsNeverPutAndAHandleNeverUnpinned(int pins) {
        long handle = handles.allocate();
        long pin = FrameHandle.NONE;
        for (int i = 0; i < pins; i++) {
            pin = grab.tryPin(handle);
        }
        refused(handles::put, pin, "it is a pin");
        refused(handles::unpin, handle, "it is a handle and no pin");
        assertThat(refs(handle)).isEqualTo(1 + pins * PageRefs.PIN_BIAS);
        handles.put(handle);
        refused(handles::put, pin, "it is a pin");
        for (int i = 0; i < pins; i++) {
            handles.unpin(pin);
        }
        Memories.closeIdle(memory);
    }
}
