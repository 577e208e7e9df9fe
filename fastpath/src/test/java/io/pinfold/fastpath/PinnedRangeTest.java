package io.pinfold.fastpath;

import static io.pinfold.fastpath.Machine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageFlags;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pinned ranges as segments. */
class PinnedRangeTest {

    @Test
    void segmentsAreTheBytesOfTheRangeInOrder() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(64);
            // Break the frames' order: every third page goes and comes back elsewhere.
            for (int i = 0; i < 64; i += 3) {
                machine.space.madvise(address + (long) i * PAGE, PAGE, AddressSpace.MADV_DONTNEED);
            }
            byte[] data = new byte[64 * PAGE];
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) (i * 31 + (i >> 12));
            }
            machine.cpu.copyIn(address, data, 0, data.length);
            long[][] ranges = {{0, 64 * PAGE}, {0, 1}, {100, 5}, {4095, 2}, {1234, 40 * PAGE}, {PAGE, PAGE}};
            for (long[] range : ranges) {
                try (PinnedRange pinned = PinnedRange.pin(machine.session, machine.space, address + range[0], range[1],
                        GupOptions.READ)) {
                    long at = range[0];
                    for (MemorySegment segment : pinned.segments()) {
                        assertThat(segment.isReadOnly()).isTrue();
                        for (long i = 0; i < segment.byteSize(); i++) {
                            assertThat(segment.get(ValueLayout.JAVA_BYTE, i)).isEqualTo(data[(int) at++]);
                        }
                    }
                    assertThat(at).isEqualTo(range[0] + range[1]);
                    assertThat(pinned.runs()).isEqualTo(pinned.segments().size()).isPositive();
                    assertThat(machine.pinsOutstanding()).isEqualTo(pinned.pages());
                }
                assertThat(machine.pinsOutstanding()).isZero();
            }
        }
    }

    @Test
    void writesReachTheMappingAndMarkThePageDirty() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(2);
            long record = Bridge.core(machine.memory).recordAddress(machine.space.frameAt(address));
            PageFlags.clear(record, PageFlags.DIRTY);
            try (PinnedRange pinned = PinnedRange.pin(machine.session, machine.space, address + 8, 8,
                    GupOptions.WRITE)) {
                pinned.run(0).set(ValueLayout.JAVA_LONG, 0, 4711);
            }
            assertThat(machine.cpu.loadLong(address + 8)).isEqualTo(4711);
            assertThat(PageFlags.test(record, PageFlags.DIRTY)).isTrue();
        }
    }

    /** Only the pages of a range that was pinned with WRITE: neither those of one for reading, nor the neighbours. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void onlyARangeForWritingMarksPagesAndOnlyItsOwn(boolean isShared) {
        try (Machine machine = Machine.open()) {
            int pages = 5;
            long address = machine.mapPresent(pages);
            MemoryCore core = Bridge.core(machine.memory);
            for (GupOptions options : List.of(GupOptions.READ, GupOptions.WRITE, GupOptions.READ.longTerm())) {
                for (int i = 0; i < pages; i++) {
                    PageFlags.clear(core.recordAddress(machine.space.frameAt(address + i * PAGE)), PageFlags.DIRTY);
                }
                PinnedRange pinned = isShared
                        ? PinnedRange.pinShared(machine.session, machine.space, address + 2 * PAGE - 1, PAGE + 2,
                                options)
                        : PinnedRange.pin(machine.session, machine.space, address + 2 * PAGE - 1, PAGE + 2, options);
                pinned.close();
                for (int i = 0; i < pages; i++) {
                    long record = core.recordAddress(machine.space.frameAt(address + i * PAGE));
                    assertThat(PageFlags.test(record, PageFlags.DIRTY)).as("page %d, pinned with %s", i, options)
                            .isEqualTo(options.isWrite() && i > 0 && i < pages - 1);
                }
            }
        }
    }

    @Test
    void theBytesStayWhenTheMappingGoes() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(1);
            try (PinnedRange pinned = PinnedRange.pin(machine.session, machine.space, address, PAGE, GupOptions.READ)) {
                machine.space.munmap(address, PAGE);
                assertThat(pinned.run(0).get(ValueLayout.JAVA_LONG, 0)).isEqualTo(Machine.stamp(address, 0));
            }
        }
    }

    @Test
    void segmentsAreDeadAfterClosing() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(1);
            PinnedRange pinned = PinnedRange.pin(machine.session, machine.space, address, PAGE, GupOptions.READ);
            MemorySegment segment = pinned.run(0);
            pinned.close();
            pinned.close();
            assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aShortPinIsReleasedAndSaysHowFarItGot() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(4);
            machine.space.munmap(address + 3 * PAGE, PAGE);
            assertThatThrownBy(
                    () -> PinnedRange.pin(machine.session, machine.space, address, 4 * PAGE, GupOptions.READ))
                    .isInstanceOfSatisfying(PinException.class, e -> {
                        assertThat(e.errno()).isEqualTo(Errno.EFAULT);
                        assertThat(e.pinned()).isEqualTo(3);
                        assertThat(e).hasMessageContaining("EFAULT").hasMessageContaining(Long.toHexString(address));
                    });
            assertThatThrownBy(
                    () -> PinnedRange.pin(machine.session, machine.space, address + 3 * PAGE, 1, GupOptions.READ))
                    .isInstanceOfSatisfying(PinException.class, e -> assertThat(e.pinned()).isZero());
            assertThat(machine.pinsOutstanding()).isZero();
        }
    }

    @Test
    void badLengthsAreRefused() {
        try (Machine machine = Machine.open()) {
            long address = machine.map(1, Prot.READ_WRITE);
            for (long bytes : new long[]{0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 43}) {
                assertThatThrownBy(
                        () -> PinnedRange.pin(machine.session, machine.space, address, bytes, GupOptions.READ))
                        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(Long.toString(bytes));
            }
        }
    }

    @Test
    void aConfinedRangeIsClosedByItsThreadOnly() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(1);
            PinnedRange pinned = PinnedRange.pin(machine.session, machine.space, address, PAGE, GupOptions.READ);
            Throwable refused = CompletableFuture.supplyAsync(() -> {
                try {
                    pinned.close();
                    return null;
                } catch (RuntimeException e) {
                    return e;
                }
            }).join();
            assertThat(refused).isInstanceOf(IllegalStateException.class).hasMessageContaining("stay pinned");
            assertThat(pinned.run(0).get(ValueLayout.JAVA_LONG, 0)).isEqualTo(Machine.stamp(address, 0));
            pinned.close();
        }
    }

    @Test
    void aSharedRangeIsReadAndClosedByAnyThread() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(1);
            PinnedRange pinned = PinnedRange.pinShared(machine.session, machine.space, address, PAGE, GupOptions.READ);
            long read = CompletableFuture.supplyAsync(() -> {
                long value = pinned.run(0).get(ValueLayout.JAVA_LONG, 0);
                pinned.close();
                return value;
            }).join();
            assertThat(read).isEqualTo(Machine.stamp(address, 0));
            assertThat(machine.pinsOutstanding()).isZero();
            pinned.close();
        }
    }

    @Test
    void aRangeLongerThanTheHeapHasRoomForEndsAtItsFirstHole() {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(3);
            assertThatThrownBy(
                    () -> PinnedRange.pin(machine.session, machine.space, address, 1L << 40, GupOptions.READ))
                    .isInstanceOfSatisfying(PinException.class, e -> {
                        assertThat(e.errno()).isEqualTo(Errno.EFAULT);
                        assertThat(e).hasMessageContaining(Long.toString(1L << 28));
                    });
            assertThat(machine.pinsOutstanding()).isZero();
        }
    }

    @Test
    @Tag("wide") // more pages than small tables map
    void aRangeOfMorePagesThanOneBatchIsPinnedAndReleasedAsAWhole() {
        try (Machine machine = Machine.open()) {
            int pages = (1 << 16) + 2;
            long address = machine.map(pages, Prot.READ); // of the zero page
            try (PinnedRange pinned = PinnedRange.pin(machine.session, machine.space, address + 5, (pages - 1L) * PAGE,
                    GupOptions.READ)) {
                assertThat(pinned.pages()).isEqualTo(pages);
                assertThat(pinned.segments().stream().mapToLong(MemorySegment::byteSize).sum())
                        .isEqualTo((pages - 1L) * PAGE);
                assertThat(pinned.run(0).byteSize()).isEqualTo(PAGE - 5);
                assertThat(pinned.run(pinned.runs() - 1).byteSize()).isEqualTo(5);
            }
        }
    }

    /**
     * Each byte of a long range is where it belongs, whichever batch its page is in: pages of one huge zero page with
     * others between them, so that so long a range needs little memory.
     */
    @ParameterizedTest
    @ValueSource(longs = {1L << 28, 1L << 31})
    @Tag("wide") // more pages than small tables map
    void theLastBytesOfALongRangeAreThoseOfItsEnd(long end) {
        long start = 1L << 40;
        int offset = 104;
        try (PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(64L << 20));
                AddressSpace space = AddressSpace.create(memory);
                Cpu cpu = space.openCpu();
                GupSession session = GupSession.open(memory)) {
            space.setThpPolicy(ThpPolicy.ALWAYS);
            assertThat(space.mmap(start, end + PAGE, Prot.READ_WRITE,
                    MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED)).isEqualTo(start);
            cpu.storeLong(start + offset, 1);
            cpu.storeLong(start + end, 2);
            cpu.storeLong(start + end + offset - Long.BYTES, 3);
            try (PinnedRange pinned = PinnedRange.pin(session, space, start + offset, end, GupOptions.READ)) {
                assertThat(pinned.pages()).isEqualTo((int) (end / PAGE) + 1);
                assertThat(pinned.run(0).get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1);
                List<MemorySegment> segments = pinned.segments();
                assertThat(segments.stream().mapToLong(MemorySegment::byteSize).sum()).isEqualTo(end);
                MemorySegment last = segments.getLast();
                assertThat(last.byteSize()).isEqualTo(offset);
                assertThat(last.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(2);
                assertThat(last.get(ValueLayout.JAVA_LONG, offset - Long.BYTES)).isEqualTo(3);
            }
        }
    }

    /** On either side of the border between two batches, all pages in front of the hole were pinned and none is. */
    @Test
    @Tag("wide") // more pages than small tables map
    void aLongRangeSaysHowFarItGotInWhicheverBatchItEnds() {
        try (Machine machine = Machine.open()) {
            int batch = 1 << 16;
            long address = machine.map(batch + 4, Prot.READ);
            for (int hole : new int[]{batch + 2, batch + 1, batch, batch - 1, 1, 0}) {
                assertThat(machine.space.munmap(address + (long) hole * PAGE, PAGE)).isZero();
                assertThatThrownBy(() -> PinnedRange.pin(machine.session, machine.space, address,
                        (batch + 4L) * PAGE, GupOptions.READ))
                        .isInstanceOfSatisfying(PinException.class, e -> {
                            assertThat(e.errno()).isEqualTo(Errno.EFAULT);
                            assertThat(e.pinned()).isEqualTo(hole);
                        });
                assertThat(machine.pinsOutstanding()).isZero();
            }
        }
    }

    @Test
    void closingASharedRangeEndsAnAccessThatRuns() throws Exception {
        try (Machine machine = Machine.open()) {
            long address = machine.mapPresent(1);
            PinnedRange pinned = PinnedRange.pinShared(machine.session, machine.space, address, PAGE, GupOptions.READ);
            CompletableFuture<Void> reads = new CompletableFuture<>();
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (pinned.run(0).get(ValueLayout.JAVA_LONG, 0) == Machine.stamp(address, 0)) {
                        reads.complete(null);
                    }
                } catch (Throwable e) {
                    thrown.complete(e);
                }
            });
            reads.join();
            pinned.close();
            assertThat(thrown.join()).isInstanceOf(IllegalStateException.class);
            assertThat(machine.pinsOutstanding()).isZero();
        }
    }

    @Test
    void anAsynchronousChannelReadsIntoASharedRange(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("data"), new byte[]{1, 2, 3, 4});
        try (Machine machine = Machine.open(); AsynchronousFileChannel channel = AsynchronousFileChannel.open(file)) {
            long address = machine.mapPresent(1);
            try (PinnedRange pinned = PinnedRange.pinShared(machine.session, machine.space, address, PAGE,
                    GupOptions.WRITE)) {
                assertThat(channel.read(pinned.run(0).asByteBuffer(), 0).get()).isEqualTo(4);
            }
            assertThat(machine.cpu.loadInt(address)).isEqualTo(0x04030201);
        }
    }
}
