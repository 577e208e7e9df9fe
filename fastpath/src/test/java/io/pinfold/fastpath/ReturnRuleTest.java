package io.pinfold.fastpath;

import static io.pinfold.fastpath.Machine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.fastpath.kernel.FastGup;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the four calls answer: counts, errnos, prefixes, and what the batch says about a short count. */
class ReturnRuleTest {

    /** The four calls, with what they have in common. */
    enum Call {
        GET(false, false) {
            @Override
            int run(GupSession session, AddressSpace space, long address, int pages, int flags, PageBatch<?> batch) {
                return FastGup.getUserPagesFast(session, space, address, pages, flags, Kinds.gets(batch));
            }
        },
        PIN(true, false) {
            @Override
            int run(GupSession session, AddressSpace space, long address, int pages, int flags, PageBatch<?> batch) {
                return FastGup.pinUserPagesFast(session, space, address, pages, flags, Kinds.pins(batch));
            }
        },
        GET_ONLY(false, true) {
            @Override
            int run(GupSession session, AddressSpace space, long address, int pages, int flags, PageBatch<?> batch) {
                return FastGup.getUserPagesFastOnly(session, space, address, pages, flags, Kinds.gets(batch));
            }
        },
        PIN_ONLY(true, true) {
            @Override
            int run(GupSession session, AddressSpace space, long address, int pages, int flags, PageBatch<?> batch) {
                return FastGup.pinUserPagesFastOnly(session, space, address, pages, flags, Kinds.pins(batch));
            }
        };

        final boolean pin;
        final boolean only;

        Call(boolean pin, boolean only) {
            this.pin = pin;
            this.only = only;
        }

        abstract int run(GupSession session, AddressSpace space, long address, int pages, int flags,
                PageBatch<?> batch);

        int run(Machine machine, long address, int pages, int flags, PageBatch<?> batch) {
            return run(machine.session, machine.space, address, pages, flags, batch);
        }

        int bias() {
            return pin ? 1024 : 1;
        }

        int release(Machine machine, PageBatch<?> batch) {
            return pin ? machine.memory.unpinUserPages(Kinds.pins(batch)) : machine.memory.putPages(Kinds.gets(batch));
        }
    }

    @Tag("wide") // more than the tiny page tables have
    @ParameterizedTest
    @EnumSource
    void allPresentPagesAreHeldOnce(Call call) {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(600)) {
            long address = machine.mapPresent(600); // more than one table
            assertThat(call.run(machine, address, 600, FollBits.FOLL_WRITE, batch)).isEqualTo(600);
            assertThat(batch.size()).isEqualTo(600);
            assertThat(batch.isPinned()).isEqualTo(call.pin);
            assertThat(batch.stopReason()).isZero();
            for (int i = 0; i < 600; i++) {
                assertThat(batch.pfn(i)).isEqualTo(machine.space.frameAt(address + (long) i * PAGE));
                assertThat(machine.refs(batch.pfn(i))).isEqualTo(1 + call.bias());
            }
            assertThat(machine.pinsOutstanding()).isEqualTo(call.pin ? 600 : 0);
            assertThat(machine.memory.vmStat().fastHits()).isEqualTo(600);
            call.release(machine, batch);
            for (int i = 0; i < 600; i++) {
                assertThat(machine.refs(machine.space.frameAt(address + (long) i * PAGE))).isOne();
            }
        }
    }

    /** N12. */
    @ParameterizedTest
    @EnumSource
    void theSlowPathGoesOnWhereTheWalkStopped(Call call) {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(10)) {
            long address = machine.map(10, Prot.READ_WRITE);
            for (int i = 0; i < 10; i++) {
                if (i != 6) {
                    machine.cpu.storeLong(address + (long) i * PAGE, 1);
                }
            }
            assertThat(call.run(machine, address, 10, FollBits.FOLL_NOFAULT, batch)).isEqualTo(6);
            assertThat(batch.size()).isEqualTo(6);
            assertThat(batch.stopReason()).isEqualTo(call.only ? Errno.EAGAIN : Errno.EFAULT);
            assertThat(batch.stopAddress()).isEqualTo(address + 6 * PAGE);
            call.release(machine, batch);

            long hole = address + 6 * PAGE;
            assertThat(call.run(machine, hole, 1, FollBits.FOLL_NOFAULT, batch))
                    .isEqualTo(call.only ? 0 : -Errno.EFAULT);
            assertThat(batch.size()).isZero();

            assertThat(call.run(machine, address, 10, FollBits.FOLL_WRITE, batch)).isEqualTo(call.only ? 6 : 10);
            call.release(machine, batch);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPrefixBeforeTheEndOfTheMappingWins(Call call) {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(8)) {
            long address = machine.mapPresent(8);
            assertThat(machine.space.munmap(address + 5 * PAGE, 3 * PAGE)).isZero();
            assertThat(call.run(machine, address, 8, 0, batch)).isEqualTo(5);
            assertThat(batch.stopReason()).isEqualTo(call.only ? Errno.EAGAIN : Errno.EFAULT);
            assertThat(batch.stopAddress()).isEqualTo(address + 5 * PAGE);
            call.release(machine, batch);
            assertThat(call.run(machine, address + 5 * PAGE, 3, 0, batch)).isEqualTo(call.only ? 0 : -Errno.EFAULT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingAskedForIsNothingGiven(Call call) {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(8)) {
            assertThat(call.run(machine, 12345, 0, 0, batch)).isZero();
            assertThat(call.run(machine, -1, 0, 0, batch)).isZero();
            assertThat(call.run(machine, PAGE, -1, 0, batch)).isEqualTo(-Errno.EINVAL);
            assertThat(call.run(machine, PAGE, Integer.MIN_VALUE, 0, batch)).isEqualTo(-Errno.EINVAL);
        }
    }

    @ParameterizedTest
    @EnumSource
    void rangesOutsideUserSpaceAreRefused(Call call) {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(8)) {
            assertThat(call.run(machine, -PAGE, 1, 0, batch)).isEqualTo(-Errno.EOVERFLOW);
            assertThat(call.run(machine, -1, 1, 0, batch)).isEqualTo(-Errno.EOVERFLOW);
            assertThat(call.run(machine, -2 * PAGE, 8, 0, batch)).isEqualTo(-Errno.EOVERFLOW);
            assertThat(call.run(machine, -2 * PAGE, 1, 0, batch)).isEqualTo(-Errno.EFAULT);
            assertThat(call.run(machine, Long.MIN_VALUE, 8, 0, batch)).isEqualTo(-Errno.EFAULT);
            assertThat(call.run(machine, Long.MAX_VALUE, 8, 0, batch)).isEqualTo(-Errno.EFAULT);
            assertThat(call.run(machine, Geometry.USER_END, 1, 0, batch)).isEqualTo(-Errno.EFAULT);
            assertThat(call.run(machine, Geometry.USER_END - PAGE, 2, 0, batch)).isEqualTo(-Errno.EFAULT);
            assertThat(call.run(machine, Geometry.USER_END - PAGE, 1, 0, batch))
                    .isEqualTo(call.only ? 0 : -Errno.EFAULT);
            assertThat(call.run(machine, 0, 1, 0, batch)).isEqualTo(call.only ? 0 : -Errno.EFAULT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMisalignedStartIsRoundedDown(Call call) {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(2)) {
            long address = machine.mapPresent(2);
            assertThat(call.run(machine, address + PAGE - 1, 2, 0, batch)).isEqualTo(2);
            assertThat(batch.pfn(0)).isEqualTo(machine.space.frameAt(address));
            call.release(machine, batch);
        }
    }

    @ParameterizedTest
    @EnumSource
    void illegalFlagsAreRefusedBeforeAnySideEffect(Call call) {
        try (Machine machine = Machine.open(); PageBatch<?> batch = machine.batch(2)) {
            long address = machine.mapPresent(2);
            int[] illegal = {FollBits.FOLL_PIN, FollBits.FOLL_TOUCH, FollBits.FOLL_DUMP, FollBits.FOLL_REMOTE,
                    1 << 30,
                    call.pin ? FollBits.FOLL_GET : FollBits.FOLL_LONGTERM};
            for (int flags : illegal) {
                assertThat(call.run(machine, address, 2, flags, batch)).as("0x%x", flags).isEqualTo(-Errno.EINVAL);
                assertThat(call.run(machine, address, 0, flags, batch)).as("0x%x", flags).isEqualTo(-Errno.EINVAL);
            }
            assertThat(call.run(machine, address, 2, 0, null)).isEqualTo(-Errno.EINVAL);
            assertThat(machine.refs(machine.space.frameAt(address))).isOne();
            assertThat(machine.memory.vmStat().fastHits()).isZero();
            assertThat(machine.hasPinned()).isFalse();
        }
    }
}
