package io.pinfold.hwmodel.dma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DmaEngineTest {

    private static final DmaDevice BROKEN = new DmaDevice() {
        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            throw new IOException("broken for reading");
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            throw new IOException("broken for writing");
        }
    };

    /** A device that reads endless zeros, accepts all writes, and runs an action in the middle of each transfer. */
    private record Meddling(Runnable meanwhile) implements DmaDevice {
        @Override
        public int read(ByteBuffer target, long position) {
            meanwhile.run();
            return skip(target);
        }

        @Override
        public int write(ByteBuffer source, long position) {
            meanwhile.run();
            return skip(source);
        }

        private static int skip(ByteBuffer buffer) {
            int n = buffer.remaining();
            buffer.position(buffer.limit());
            return n;
        }
    }

    private static final DmaDevice QUIET = new Meddling(() -> {
    });

    @TempDir
    Path directory;

    private final DmaFixture f = new DmaFixture(4);

    @AfterEach
    void close() {
        f.close();
    }

    @Test
    void aFileGoesThroughFramesIntoAnother() throws IOException {
        byte[] content = new byte[3 * 4096 + 123];
        new Random(1).nextBytes(content);
        Path source = Files.write(directory.resolve("source"), content);
        Path target = directory.resolve("target");
        ScatterList list = f.list(f.frame(0), f.frame(0), f.frame(0), f.frame(0));
        try (FileChannel in = FileChannel.open(source);
                FileChannel out = FileChannel.open(target, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            DmaDescriptor read = new DmaDescriptor(0).fromDevice(new FileDevice(in), 0, list, content.length);
            DmaDescriptor write = new DmaDescriptor(1).toDevice(new FileDevice(out), 0, list, content.length);
            read.then(write);
            assertThat(f.engine.submit(read)).isTrue();
            f.go();
            assertThat(f.engine.poll()).isSameAs(read);
            assertThat(read.status()).isEqualTo(DmaStatus.DONE);
            assertThat(write.status()).isEqualTo(DmaStatus.DONE);
        }
        assertThat(target).hasBinaryContent(content);
        assertThat(f.engine.stats().bytesMoved()).isEqualTo(2L * content.length);
    }

    @Test
    void aDeviceThatMovesFewBytesAtATimeIsAskedAgain() {
        long pfn = f.frame(0);
        DmaDevice trickle = new DmaDevice() {
            @Override
            public int read(ByteBuffer target, long position) {
                int n = Math.min(7, target.remaining());
                for (int i = 0; i < n; i++) {
                    target.put((byte) (position + i));
                }
                return n;
            }

            @Override
            public int write(ByteBuffer source, long position) {
                throw new AssertionError("nothing is written here");
            }
        };
        DmaDescriptor read = new DmaDescriptor(0).fromDevice(trickle, 5, f.list(pfn), 4096);
        f.engine.submit(read);
        f.go();
        f.engine.poll();
        assertThat(read.status()).isEqualTo(DmaStatus.DONE);
        byte[] expected = new byte[4096];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = (byte) (i + 5);
        }
        assertThat(f.bytes(pfn, 4096)).isEqualTo(expected);
    }

    @Test
    void theEndOfTheFileMakesATransferShort() throws IOException {
        Path source = Files.write(directory.resolve("source"), new byte[5000]);
        try (FileChannel in = FileChannel.open(source)) {
            DmaDescriptor read = new DmaDescriptor(0).fromDevice(new FileDevice(in), 0,
                    f.list(f.frame(1), f.frame(1)), 8192);
            f.engine.submit(read);
            f.go();
            f.engine.poll();
            assertThat(read.status()).isEqualTo(DmaStatus.SHORT);
            assertThat(read.bytesMoved()).isEqualTo(5000);
        }
    }

    @Test
    void bytesMoveBetweenFramesWhoseSegmentsDoNotFallTogether() {
        long[] from = {f.frame(1), f.frame(2), f.frame(3)};
        long[] into = {f.frame(0), f.frame(0), f.frame(0)};
        DmaDescriptor copy = new DmaDescriptor(0).copy(f.list(from[2], from[0], from[1]), f.list(into), 2 * 4096 + 10);
        f.engine.submit(copy);
        f.go();
        f.engine.poll();
        assertThat(copy.status()).isEqualTo(DmaStatus.DONE);
        assertThat(f.bytes(into[0], 4096)).containsOnly(3);
        assertThat(f.bytes(into[1], 4096)).containsOnly(1);
        assertThat(f.bytes(into[2], 10)).containsOnly(2);
        assertThat(Arrays.copyOfRange(f.bytes(into[2], 4096), 10, 4096)).containsOnly(0);
    }

    @Test
    void aFrameFreedBeforeTheTransferMakesItStaleAndTheBytesMoveAllTheSame() {
        long pfn = f.frame(0);
        ScatterList list = f.list(pfn);
        f.free(pfn);
        ScatterList source = f.list(f.frame(9));
        DmaDescriptor copy = new DmaDescriptor(0).copy(source, list, 4096);
        f.engine.submit(copy);
        f.go();
        f.engine.poll();
        assertThat(copy.status()).isEqualTo(DmaStatus.STALE);
        assertThat(copy.staleFrames()).isEqualTo(1);
        assertThat(f.bytes(pfn, 4096)).containsOnly(9);
        DmaStats stats = f.engine.stats();
        assertThat(stats.stale()).isEqualTo(1);
        assertThat(stats.staleFrames()).isEqualTo(1);
        assertThat(stats.staleAtStart()).isEqualTo(1);
    }

    @Test
    void aFrameInUseAgainIsStaleToo() {
        long pfn = f.frame(0);
        ScatterList list = f.list(pfn);
        f.free(pfn);
        long again = 0;
        for (int i = 0; i < 4096 && again != pfn; i++) {
            again = f.frame(0);
        }
        assertThat(again).as("the allocator hands the frame out again").isEqualTo(pfn);
        f.engine.submit(new DmaDescriptor(0).fromDevice(QUIET, 0, list, 4096));
        f.go();
        assertThat(f.engine.poll()).extracting(DmaDescriptor::status).isEqualTo(DmaStatus.STALE);
    }

    @Test
    void aFrameFreedDuringTheTransferIsFoundAfterwards() {
        long pfn = f.frame(0);
        DmaDevice device = new Meddling(() -> f.free(pfn));
        f.engine.submit(new DmaDescriptor(0).fromDevice(device, 0, f.list(pfn), 4096));
        f.go();
        assertThat(f.engine.poll()).extracting(DmaDescriptor::status).isEqualTo(DmaStatus.STALE);
        assertThat(f.engine.stats().staleAtStart()).isZero();
    }

    /** Devices may read the zero page, as direct I/O of the running kernel does for untouched memory. */
    @Test
    void theZeroPageIsReadByDevicesAndNeverWritten() {
        long zero = f.memory.zeroPfn();
        long copy = f.frame(5);
        byte[] seen = new byte[4096];
        DmaDevice device = new DmaDevice() {
            @Override
            public int read(ByteBuffer target, long position) {
                throw new AssertionError("the zero page was written");
            }

            @Override
            public int write(ByteBuffer source, long position) {
                source.get(seen);
                return seen.length;
            }
        };
        Arrays.fill(seen, (byte) 1);
        assertThat(ran(new DmaDescriptor(0).toDevice(device, 0, f.list(zero), 4096))).isEqualTo(DmaStatus.DONE);
        assertThat(seen).containsOnly(0);
        assertThat(ran(new DmaDescriptor(1).copy(f.list(zero), f.list(copy), 4096))).isEqualTo(DmaStatus.DONE);
        assertThat(f.bytes(copy, 4096)).containsOnly(0);
        assertThat(ran(new DmaDescriptor(2).copy(f.list(copy), f.list(zero), 4096))).isEqualTo(DmaStatus.BAD_FRAME);
        assertThat(ran(new DmaDescriptor(3).fromDevice(device, 0, f.list(zero), 4096))).isEqualTo(DmaStatus.BAD_FRAME);
    }

    private DmaStatus ran(DmaDescriptor descriptor) {
        f.engine.submit(descriptor);
        f.go();
        f.engine.poll();
        return descriptor.status();
    }

    @Test
    void framesThatAreNotPlainRamAreRefusedUntouched() {
        long table = Bridge.core(f.memory).blocks().allocateTable(1, 0, 0);
        long good = f.frame(4);
        try {
            for (long pfn : new long[]{0, -1, f.memory.zeroPfn(), f.memory.ramFrames(), Long.MAX_VALUE, table}) {
                DmaDescriptor d = new DmaDescriptor(0).fromDevice(QUIET, 0, f.list(good, pfn), 8192);
                f.engine.submit(d);
                f.go();
                f.engine.poll();
                assertThat(d.status()).as("pfn %d", pfn).isEqualTo(DmaStatus.BAD_FRAME);
                assertThat(d.bytesMoved()).isZero();
            }
        } finally {
            Bridge.core(f.memory).blocks().freeTable(table);
        }
    }

    /** An engine works on one transfer after the other: what it says of one is of that one alone. */
    @Test
    @Tag("unchecked") // the transfer before it is of a frame that was freed
    void aTransferThatMovesNothingSaysNothingOfTheOneBefore() {
        long good = f.frame(4);
        long gone = f.frame(5);
        ScatterList stale = f.list(gone);
        f.free(gone);
        DmaDevice failing = new Meddling(() -> {
            throw new IllegalStateException("broken");
        });
        for (DmaDescriptor next : List.of(new DmaDescriptor(1).fromDevice(QUIET, 0, f.list(0), 4096),
                new DmaDescriptor(2).copy(f.list(good), f.list(f.memory.zeroPfn()), 4096),
                new DmaDescriptor(3).fromDevice(failing, 0, f.list(good), 4096))) {
            DmaDescriptor before = new DmaDescriptor(0).fromDevice(QUIET, 0, stale, 4096);
            assertThat(ran(before)).isEqualTo(DmaStatus.STALE);
            assertThat(before.bytesMoved()).isEqualTo(4096);
            assertThat(before.staleFrames()).isOne();
            DmaStats was = f.engine.stats();
            assertThat(ran(next)).isIn(DmaStatus.BAD_FRAME, DmaStatus.IO_ERROR);
            assertThat(next.bytesMoved()).as("%s", next).isZero();
            assertThat(next.staleFrames()).as("%s", next).isZero();
            DmaStats now = f.engine.stats();
            assertThat(now.bytesMoved()).as("%s", next).isEqualTo(was.bytesMoved());
            assertThat(now.stale()).isEqualTo(was.stale());
            assertThat(now.staleAtStart()).isEqualTo(was.staleAtStart());
            assertThat(now.failed()).isEqualTo(was.failed() + 1);
        }
    }

    @Test
    void aFailedChainIsGivenBackInReverseOrder() {
        ScatterList list = f.list(f.frame(0));
        DmaDescriptor[] d = new DmaDescriptor[5];
        for (int i = 0; i < d.length; i++) {
            d[i] = new DmaDescriptor(i).fromDevice(i == 2 ? BROKEN : QUIET, 0, list, 4096);
        }
        d[0].then(d[1]).then(d[2]).then(d[3]).then(d[4]);
        f.engine.submit(d[0]);
        f.go();
        assertThat(f.engine.poll()).isSameAs(d[0]);
        assertThat(d).extracting(DmaDescriptor::status).containsExactly(DmaStatus.DONE, DmaStatus.DONE,
                DmaStatus.IO_ERROR, DmaStatus.CANCELLED, DmaStatus.CANCELLED);
        assertThat(d).extracting(DmaDescriptor::completionNumber).containsExactly(1L, 2L, 5L, 4L, 3L);
        assertThat(d[2].failure()).hasMessage("broken for reading");
        assertThat(f.engine.stats().cancelled()).isEqualTo(2);
        assertThat(f.engine.inFlight()).isZero();
    }

    /**
     * A descriptor that was used, prepared again in another way: it moves what a fresh one would, and nothing of its
     * former life is left: follower, target, direction, counts, failure.
     */
    @Test
    void aDescriptorUsedAgainIsLikeAFreshOne() {
        List<UnaryOperator<DmaDescriptor>> preparations = List.of(
                d -> d.fromDevice(QUIET, 0, f.list(f.frame(1)), 4096),
                d -> d.toDevice(QUIET, 7, f.list(f.frame(2)), 512),
                d -> d.copy(f.list(f.frame(3)), f.list(f.frame(0)), 1024),
                d -> d.fromDevice(BROKEN, 0, f.list(f.frame(4)), 4096),
                d -> d.toDevice(BROKEN, 0, f.list(f.frame(4)), 4096));
        for (UnaryOperator<DmaDescriptor> former : preparations) {
            for (UnaryOperator<DmaDescriptor> now : preparations) {
                DmaDescriptor used = former.apply(new DmaDescriptor(1));
                DmaDescriptor behind = new DmaDescriptor(2).fromDevice(QUIET, 0, f.list(f.frame(5)), 4096);
                run(used, behind);
                long ranBehind = behind.completionNumber();
                String nothing = outcome(now.apply(new DmaDescriptor(1)));
                assertThat(outcome(now.apply(used))).as("prepared, and not run yet").isEqualTo(nothing);
                run(new DmaDescriptor(3).fromDevice(BROKEN, 0, f.list(f.frame(7)), 4096), used);
                assertThat(used.status()).isEqualTo(DmaStatus.CANCELLED);
                assertThat(outcome(used)).as("cancelled").isEqualTo(nothing);
                DmaDescriptor fresh = run(now.apply(new DmaDescriptor(1)));
                run(now.apply(used));
                assertThat(used.status()).isEqualTo(fresh.status());
                assertThat(used.bytesMoved()).isEqualTo(fresh.bytesMoved());
                assertThat(used.staleFrames()).isEqualTo(fresh.staleFrames());
                assertThat(String.valueOf(used.failure())).isEqualTo(String.valueOf(fresh.failure()));
                assertThat(used.toString()).isEqualTo(fresh.toString());
                assertThat(behind.completionNumber()).as("of what followed it then").isEqualTo(ranBehind);
                assertThat(behind.fromDevice(QUIET, 0, f.list(f.frame(6)), 4096)).as("free").isSameAs(behind);
            }
        }
    }

    /** Nothing that happens to the lists of a former use matters: not the end of their frames, nor a clear. */
    @Test
    void aDescriptorUsedAgainHasForgottenItsFormerLists() {
        List<BinaryOperator<ScatterList>> lists = List.of((former, now) -> former, (former, now) -> now);
        for (boolean isCleared : new boolean[]{false, true}) {
            for (BinaryOperator<ScatterList> asSource : lists) {
                DmaDescriptor used = new DmaDescriptor(1);
                long gone = f.frame(1);
                long stays = f.frame(2);
                ScatterList former = f.list(gone);
                ScatterList other = f.list(stays);
                ScatterList source = asSource.apply(former, other);
                run(used.copy(source, source == former ? other : former, 4096));
                assertThat(used.status()).isEqualTo(DmaStatus.DONE);
                f.free(gone);
                if (isCleared) {
                    former.clear();
                }
                for (UnaryOperator<DmaDescriptor> again : List.<UnaryOperator<DmaDescriptor>>of(
                        d -> d.fromDevice(QUIET, 0, other, 4096), d -> d.toDevice(QUIET, 0, other, 4096))) {
                    run(again.apply(used));
                    assertThat(used.status()).isEqualTo(DmaStatus.DONE);
                    assertThat(used.staleFrames()).isZero();
                    assertThat(used.bytesMoved()).isEqualTo(4096);
                }
            }
        }
        assertThat(f.engine.stats().stale()).isZero();
    }

    /** What a transfer leaves in its descriptor. */
    private static String outcome(DmaDescriptor d) {
        return d.bytesMoved() + " bytes, " + d.staleFrames() + " stale, " + d.failure();
    }

    /** Runs a chain to its end. */
    private DmaDescriptor run(DmaDescriptor... chain) {
        for (int i = 1; i < chain.length; i++) {
            chain[i - 1].then(chain[i]);
        }
        assertThat(f.engine.submit(chain[0])).isTrue();
        f.go();
        assertThat(f.engine.poll()).isSameAs(chain[0]);
        assertThat(f.engine.poll()).isNull();
        return chain[0];
    }

    @Test
    void aFullDiskEndsTheTransfer() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "/dev/full is not there");
        try (FileChannel out = FileChannel.open(full, StandardOpenOption.WRITE)) {
            DmaDescriptor write = new DmaDescriptor(0).toDevice(new FileDevice(out), 0, f.list(f.frame(0)), 4096);
            f.engine.submit(write);
            f.go();
            f.engine.poll();
            assertThat(write.status()).isEqualTo(DmaStatus.IO_ERROR);
            assertThat(write.failure()).hasMessageContaining("No space left");
        }
    }

    @Test
    void aFullRingRefusesAndLosesNothing() {
        ScatterList list = f.list(f.frame(0));
        DmaDescriptor[] d = new DmaDescriptor[5];
        for (int i = 0; i < d.length; i++) {
            d[i] = new DmaDescriptor(i).fromDevice(QUIET, 0, list, 1);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(f.engine.submit(d[i])).isTrue();
        }
        assertThat(f.engine.submit(d[4])).isFalse();
        f.go();
        assertThat(f.engine.submit(d[4])).as("not reaped yet").isFalse();
        assertThat(f.engine.poll()).isSameAs(d[0]);
        assertThat(f.engine.submit(d[4])).isTrue();
        f.go();
        for (int i = 1; i < 5; i++) {
            assertThat(f.engine.poll()).isSameAs(d[i]);
        }
        assertThat(f.engine.poll()).isNull();
        assertThat(f.engine.stats().refusedSubmits()).isEqualTo(2);
    }

    @Test
    void aDescriptorIsCompletedOnce() {
        DmaDescriptor d = new DmaDescriptor(0).fromDevice(QUIET, 0, f.list(f.frame(0)), 1);
        f.engine.submit(d);
        f.go();
        assertThat(f.engine.complete(d, DmaStatus.IO_ERROR)).as("before it was reaped").isFalse();
        f.engine.poll();
        assertThat(f.engine.complete(d, DmaStatus.IO_ERROR)).as("after it was reaped").isFalse();
        assertThat(d.status()).isEqualTo(DmaStatus.DONE);
        assertThat(f.engine.stats().completedTwice()).isEqualTo(2);
        assertThat(f.engine.poll()).isNull();
    }

    @Test
    void theEngineLooksAtNothingBeforeTheDoorbell() {
        f.engine.submit(new DmaDescriptor(0).fromDevice(QUIET, 0, f.list(f.frame(0)), 1));
        assertThat(f.engine.doWork()).isZero();
        assertThat(f.engine.poll()).isNull();
        f.go();
        assertThat(f.engine.poll()).isNotNull();
    }

    @Test
    void aDescriptorInFlightCanBeNeitherChangedNorSubmittedAgain() {
        ScatterList list = f.list(f.frame(0));
        DmaDescriptor d = new DmaDescriptor(7).fromDevice(QUIET, 0, list, 1);
        DmaDescriptor other = new DmaDescriptor(8).fromDevice(QUIET, 0, list, 1);
        f.engine.submit(d);
        assertThatIllegalStateException().isThrownBy(() -> d.fromDevice(QUIET, 0, list, 1))
                .withMessage("descriptor 7 is queued and cannot be prepared");
        assertThatIllegalStateException().isThrownBy(() -> f.engine.submit(d))
                .withMessage("descriptor 7 is queued and cannot be submitted");
        assertThatIllegalStateException().isThrownBy(() -> other.then(d));
        assertThat(f.engine.inFlight()).isEqualTo(1);
        f.go();
        f.engine.poll();
    }

    @Test
    void sizesAndMemoriesAreChecked() {
        ScatterList list = f.list(f.frame(0));
        DmaDescriptor d = new DmaDescriptor(0);
        assertThatIllegalArgumentException().isThrownBy(() -> d.fromDevice(QUIET, 0, list, 4097))
                .withMessageContaining("4097").withMessageContaining("1 frames");
        assertThatIllegalArgumentException().isThrownBy(() -> d.fromDevice(QUIET, -1, list, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> d.fromDevice(QUIET, 0, list, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> DmaEngine.open(f.memory, "none", 0));
        try (PhysicalMemory other = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20))) {
            ScatterList foreign = new ScatterList(other, 1);
            foreign.add(1, 0);
            assertThatIllegalArgumentException().isThrownBy(() -> f.engine.submit(d.fromDevice(QUIET, 0, foreign, 1)));
        }
        assertThat(f.engine.inFlight()).isZero();
    }

    @Test
    void consecutiveFramesAreMergedUpToTheLimit() {
        ScatterList list = new ScatterList(f.memory, 600);
        for (int i = 0; i < 300; i++) {
            list.add(1000 + i, 0);
        }
        list.add(5, 0);
        assertThat(list.segments()).isEqualTo(3);
        assertThat(list.segmentFrames(0)).isEqualTo(ScatterList.SEGMENT_FRAMES_MAX);
        assertThat(list.segmentFrames(1)).isEqualTo(44);
        assertThat(list.segmentFrames(2)).isEqualTo(1);
        list.clear();
        assertThat(list.segments()).isZero();
    }

    /** Pages given back on their own, whichever they are, are left out, and those behind them are not. */
    @Test
    void aListOfABatchHasThePagesThatAreStillHeld() {
        int pages = 4;
        try (AddressSpace space = AddressSpace.create(f.memory);
                PageBatch<Hold.Pin> batch = f.memory.newPageBatch(pages)) {
            long address = space.mmap(0, pages * 4096L, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
            for (int released = 0; released < 1 << pages; released++) {
                assertThat(space.pinUserPagesUnlocked(address, pages, GupOptions.WRITE, batch)).isEqualTo(pages);
                List<Long> held = new ArrayList<>();
                for (int page = 0; page < pages; page++) {
                    if ((released & 1 << page) == 0) {
                        held.add(batch.pfn(page));
                    } else {
                        f.memory.unpinUserPagesDirtyLock(batch, page, 1, false);
                    }
                }
                ScatterList list = new ScatterList(f.memory, pages);
                list.addHeld(batch);
                List<Long> found = new ArrayList<>();
                for (int i = 0; i < list.frames(); i++) {
                    found.add(list.pfn(i));
                }
                assertThat(found).as("released: %s", Integer.toBinaryString(released)).isEqualTo(held);
                assertThat(list.staleFrames()).isZero();
                if (batch.isHeld()) {
                    f.memory.unpinUserPages(batch);
                }
            }
        }
    }
}
