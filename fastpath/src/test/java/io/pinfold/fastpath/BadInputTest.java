package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.fastpath.ReturnRuleTest.Call;
import io.pinfold.fastpath.kernel.FastGup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Misuse: an errno or an exception with the values in it, nothing leaked, nothing crashed. */
class BadInputTest {

    @ParameterizedTest
    @EnumSource
    void aBatchThatHoldsPagesIsNotFilledAgain(Call call) {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(2)) {
            long address = machine.mapPresent(2);
            assertThat(call.run(machine, address, 2, 0, batch)).isEqualTo(2);
            assertThatThrownBy(() -> call.run(machine, address, 2, 0, batch)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("holds");
            call.release(machine, batch);
            // The session is usable after the exception.
            assertThat(call.run(machine, address, 2, 0, batch)).isEqualTo(2);
            call.release(machine, batch);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClosedBatchIsRefused(Call call) {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(1);
            PageBatch<Hold.Pin> batch = machine.batch(1);
            batch.close();
            assertThatThrownBy(() -> call.run(machine, address, 1, 0, batch)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBatchTooSmallIsRefused(Call call) {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(1)) {
            long address = machine.mapPresent(2);
            assertThatThrownBy(() -> call.run(machine, address, 2, 0, batch))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("2").hasMessageContaining("1");
            assertThat(call.run(machine, address, 1, 0, batch)).isOne();
            call.release(machine, batch);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBatchOrSpaceOfAnotherMemoryIsRefused(Call call) {
        try (Machine machine = Machine.open(); Machine other = Machine.open(); PageBatch<?> foreign = other.batch(1);
                PageBatch<?> own = machine.batch(1)) {
            long address = machine.mapPresent(1);
            assertThatThrownBy(() -> call.run(machine, address, 1, 0, foreign))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> call.run(machine.session, other.space, address, 1, 0, own))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("address space");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClosedSessionSaysSo(Call call) {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(1)) {
            long address = machine.mapPresent(1);
            GupSession session = GupSession.open(machine.memory);
            session.close();
            session.close();
            assertThatThrownBy(() -> call.run(session, machine.space, address, 1, 0, batch))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
            assertThat(call.run(machine, address, 1, 0, batch)).isOne();
            call.release(machine, batch);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClosedSpaceSaysSo(Call call) {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(1)) {
            AddressSpace space = AddressSpace.create(machine.memory);
            space.close();
            assertThatThrownBy(() -> call.run(machine.session, space, 4096, 1, 0, batch))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("address space " + space.id());
            assertThat(batch.size()).isZero();
            long address = machine.mapPresent(1);
            assertThat(call.run(machine, address, 1, 0, batch)).isOne();
            call.release(machine, batch);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClosedMemorySaysSo(Call call) {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(Machine.RAM));
        AddressSpace space = AddressSpace.create(memory);
        GupSession session = GupSession.open(memory);
        PageBatch<Hold.Pin> batch = memory.newPageBatch(1);
        space.close();
        memory.close();
        assertThatThrownBy(() -> call.run(session, space, 4096, 1, 0, batch)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> GupSession.open(memory)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        session.close();
    }

    @Test
    void pinsAndGetsAreReleasedAsWhatTheyAre() {
        try (Machine machine = Machine.open(); PageBatch<?> pin = machine.batch(1);
                PageBatch<?> get = machine.batch(1)) {
            long address = machine.mapPresent(1);
            machine.session.pinUserPagesFast(machine.space, address, 1, GupOptions.READ, Kinds.pins(pin));
            machine.session.getUserPagesFast(machine.space, address, 1, GupOptions.READ, Kinds.gets(get));
            assertThatThrownBy(() -> machine.memory.putPages(Kinds.gets(pin)))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> Gup.releasePages(Kinds.gets(pin))).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> machine.memory.unpinUserPages(Kinds.pins(get)))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(machine.refs(machine.space.frameAt(address))).isEqualTo(1 + 1 + 1024);
            machine.memory.unpinUserPages(Kinds.pins(pin));
            machine.memory.putPages(Kinds.gets(get));
            assertThatThrownBy(() -> machine.memory.unpinUserPages(Kinds.pins(pin)))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> machine.memory.putPages(Kinds.gets(get)))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(machine.refs(machine.space.frameAt(address))).isOne();
        }
    }

    @Test
    void memoryDoesNotCloseUnderPins() {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(Machine.RAM));
        AddressSpace space = AddressSpace.create(memory);
        GupSession session = GupSession.open(memory);
        PageBatch<Hold.Pin> batch = memory.newPageBatch(1);
        long address = space.mmap(0, 4096, Prot.READ_WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS);
        assertThat(FastGup.pinUserPagesFast(session, space, address, 1, 1, batch)).isOne();
        space.close();
        assertThatThrownBy(memory::close).isInstanceOf(IllegalStateException.class).hasMessageContaining("batch");
        assertThat(
                session.pinUserPagesFast(AddressSpace.create(memory), 4096, 1, GupOptions.READ, memory.newPageBatch(1)))
                .as("usable after the refusal").isEqualTo(-Errno.EFAULT);
        memory.unpinUserPages(batch);
        assertThatThrownBy(memory::close).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("address space");
    }

    /** Every call of a thread that is not the owner, also while the owner is inside one. */
    @Test
    void aThreadThatIsNotTheOwnerIsRefused() throws InterruptedException {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(512);
            ConcurrentUse use = new ConcurrentUse(machine, address);
            use.run();
            assertThat(use.otherFailures()).isEmpty();
            assertThat(use.refused()).isEqualTo(ConcurrentUse.CALLS);
        }
    }
}
