package io.pinfold.fastpath;

import static io.pinfold.fastpath.Machine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageFlags;
import io.pinfold.fastpath.ReturnRuleTest.Call;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Counts of references, to the last one. */
class ReferenceCountTest {

    /** N1. */
    @Test
    void getPinUnpinPut() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Get> get = machine.batch(1);
                PageBatch<Hold.Pin> pin = machine.batch(1)) {
            long address = machine.mapPresent(1);
            long pfn = machine.space.frameAt(address);
            assertThat(machine.refs(pfn)).isEqualTo(1);
            machine.session.getUserPagesFast(machine.space, address, 1, GupOptions.READ, get);
            assertThat(machine.refs(pfn)).isEqualTo(2);
            machine.session.pinUserPagesFast(machine.space, address, 1, GupOptions.READ, pin);
            assertThat(machine.refs(pfn)).isEqualTo(1026);
            assertThat(machine.memory.page(pfn).maybePinned()).isTrue();
            machine.memory.unpinUserPages(pin);
            assertThat(machine.refs(pfn)).isEqualTo(2);
            machine.memory.putPages(get);
            assertThat(machine.refs(pfn)).isEqualTo(1);
        }
    }

    /** N2: from 1024 references on a page may be pinned, also if it is not. */
    @Test
    void manyGetsLookLikeAPin() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(1);
            long pfn = machine.space.frameAt(address);
            List<PageBatch<Hold.Get>> gets = new ArrayList<>();
            for (int i = 1; i <= 1024; i++) {
                PageBatch<Hold.Get> get = machine.batch(1);
                gets.add(get);
                assertThat(machine.session.getUserPagesFast(machine.space, address, 1, GupOptions.READ, get)).isOne();
                assertThat(machine.refs(pfn)).isEqualTo(1 + i);
                assertThat(machine.memory.page(pfn).maybePinned()).as("%d gets", i).isEqualTo(i >= 1023);
            }
            for (PageBatch<Hold.Get> get : gets) {
                machine.memory.putPages(get);
                get.close();
            }
        }
    }

    /** A page outlives its mapping through a reference, and is freed by the last put. */
    @ParameterizedTest
    @EnumSource
    void theLastReferenceFreesThePage(Call call) {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(3)) {
            long address = machine.mapPresent(3);
            int generation = machine.memory.page(machine.space.frameAt(address)).generation();
            assertThat(call.run(machine, address, 3, 0, batch)).isEqualTo(3);
            long pfn = batch.pfn(0);
            long free = machine.memory.vmStat().freeFrames();
            assertThat(machine.space.munmap(address, 3 * PAGE)).isZero();
            assertThat(machine.refs(pfn)).isEqualTo(call.bias());
            assertThat(machine.memory.page(pfn).generation()).isEqualTo(generation);
            call.release(machine, batch);
            assertThat(machine.refs(pfn)).isZero();
            assertThat(machine.memory.page(pfn).generation()).isEqualTo(generation + 1);
            assertThat(machine.memory.vmStat().freeFrames()).isGreaterThanOrEqualTo(free + 3);
        }
    }

    /** The k-th grab fails, for every k: the pages before it are held, the others untouched. */
    @ParameterizedTest
    @EnumSource
    void theKthGrabFails(Call call) {
        int pages = 24;
        for (int count : new int[]{0, -1, Integer.MIN_VALUE}) {
            for (int k = 0; k < pages; k++) {
                try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(pages)) {
                    long address = machine.mapPresent(pages);
                    long failing = machine.space.frameAt(address + (long) k * PAGE);
                    machine.setRefs(failing, count);
                    Call only = call.pin ? Call.PIN_ONLY : Call.GET_ONLY;
                    assertThat(only.run(machine, address, pages, FollFlags.FOLL_WRITE, batch)).isEqualTo(k);
                    FallBack why = count == 0 ? FallBack.GRAB_ZERO : FallBack.GRAB_OVERFLOW;
                    assertThat(machine.fallBacks(why)).isOne();
                    assertThat(machine.refs(failing)).isEqualTo(count);
                    for (int i = 0; i < pages; i++) {
                        long pfn = machine.space.frameAt(address + (long) i * PAGE);
                        if (i != k) {
                            assertThat(machine.refs(pfn)).isEqualTo(i < k ? 1 + call.bias() : 1);
                        }
                    }
                    if (k > 0) {
                        call.release(machine, batch);
                    }
                    if (count < 0 && !call.only) {
                        assertThat(call.run(machine, address, pages, FollFlags.FOLL_WRITE, batch))
                                .isEqualTo(k == 0 ? -Errno.ENOMEM : k);
                        if (k > 0) {
                            assertThat(batch.stopReason()).isEqualTo(Errno.ENOMEM);
                            call.release(machine, batch);
                        }
                    }
                    machine.setRefs(failing, 1);
                    assertThat(machine.pinsOutstanding()).isZero();
                }
            }
        }
    }

    @Test
    void theWalkLeavesTheReferencedHint() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Get> batch = machine.batch(2)) {
            long address = machine.mapPresent(2);
            long record = Bridge.core(machine.memory).recordAddress(machine.space.frameAt(address + PAGE));
            PageFlags.clear(record, PageFlags.REFERENCED);
            assertThat(machine.session.getUserPagesFastOnly(machine.space, address, 2, GupOptions.READ, batch))
                    .isEqualTo(2);
            machine.memory.putPages(batch);
            assertThat(PageFlags.test(record, PageFlags.REFERENCED)).isTrue();
        }
    }

    @Test
    void sharedPagesCountOnTheOneFrame() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(2)) {
            long address = machine.mapShared(2);
            assertThat(machine.session.pinUserPagesFast(machine.space, address, 2, GupOptions.WRITE, batch))
                    .isEqualTo(2);
            // the object's reference, the mapping's, the pin
            assertThat(machine.refs(batch.pfn(0))).isEqualTo(1 + 1 + 1024);
            machine.memory.unpinUserPagesDirtyLock(batch, true);
            long record = Bridge.core(machine.memory).recordAddress(machine.space.frameAt(address));
            assertThat(PageFlags.test(record, PageFlags.DIRTY | PageFlags.REFERENCED)).isTrue();
        }
    }

    @Test
    void pinsAreCountedOnTheNodeOfTheirPage() {
        MemoryOptions options = MemoryOptions.ofRam(Machine.RAM).withNodes(2);
        try (Machine machine = Machine.open(options)) {
            long address = machine.map(1, Prot.READ_WRITE);
            try (PageBatch<Hold.Pin> batch = machine.batch(1)) {
                assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, address, 1, 1, batch)).isOne();
                int node = machine.memory.nodeOf(batch.pfn(0));
                assertThat(machine.memory.vmStat().nodes().get(node).nrFollPinAcquired()).isOne();
                assertThat(machine.memory.vmStat().nodes().get(1 - node).nrFollPinAcquired()).isZero();
                machine.memory.unpinUserPages(batch);
                assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, address, 1, 1, batch)).isOne();
                assertThat(machine.memory.vmStat().nodes().get(node).nrFollPinAcquired()).isEqualTo(2);
                machine.memory.unpinUserPages(batch);
                assertThat(machine.memory.vmStat().nodes().get(node).nrFollPinReleased()).isEqualTo(2);
            }
        }
    }
}
