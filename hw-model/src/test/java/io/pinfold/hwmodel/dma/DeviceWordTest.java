package io.pinfold.hwmodel.dma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The engine checks the results of a device, and a buffer that the device keeps is useless. */
@Timeout(60)
class DeviceWordTest {

    private static final int BYTES = 8192;

    /** Moves the buffer's position by one number and returns another. */
    private record Liar(int moves, int answers) implements DmaDevice {
        @Override
        public int read(ByteBuffer target, long position) {
            return move(target);
        }

        @Override
        public int write(ByteBuffer source, long position) {
            return move(source);
        }

        private int move(ByteBuffer buffer) {
            buffer.position(buffer.position() + moves);
            return answers;
        }
    }

    private static void check(DmaFixture f, DmaDescriptor d, DmaStatus status) {
        assertThat(f.engine.submit(d)).isTrue();
        f.go();
        assertThat(f.engine.poll()).isSameAs(d);
        assertThat(d.status()).isEqualTo(status);
        assertThat(f.engine.inFlight()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0,0", "8192,1073741824", "8192,4096", "4096,8192", "8192,0", "0,8192", "8192,-2", "8192,-2147483648",
            "100,-1"})
    void anAnswerThatCannotBeEndsTheTransfer(int moves, int answers) {
        try (DmaFixture f = new DmaFixture(4)) {
            long first = f.frame(1);
            ScatterList list = f.list(first, f.frame(2));
            Liar liar = new Liar(moves, answers);
            // Frames need not be adjacent: then the device is called for one of them at a time.
            int most = list.segments() == 1 ? BYTES : 4096;
            if (moves > most) {
                liar = new Liar(most, answers == 4096 ? 2048 : answers);
            }
            DmaDescriptor read = new DmaDescriptor(0).fromDevice(liar, 0, list, BYTES);
            check(f, read, DmaStatus.IO_ERROR);
            assertThat(read.bytesMoved()).isZero();
            assertThat(read.failure()).isInstanceOf(IOException.class)
                    .hasMessageContaining("answers " + liar.answers() + " for a read of " + most)
                    .hasMessageContaining("moved by " + liar.moves());
            DmaDescriptor write = new DmaDescriptor(1).toDevice(liar, 0, list, BYTES);
            check(f, write, DmaStatus.IO_ERROR);
            assertThat(MemoryAudit.check(f.memory)).isEmpty();
        }
    }

    @Test
    void aDeviceThatWritesHasNoEnd() {
        try (DmaFixture f = new DmaFixture(4)) {
            ScatterList list = f.list(f.frame(1));
            check(f, new DmaDescriptor(0).fromDevice(new Liar(0, -1), 0, list, 4096), DmaStatus.SHORT);
            check(f, new DmaDescriptor(1).toDevice(new Liar(0, -1), 0, list, 4096), DmaStatus.IO_ERROR);
        }
    }

    @Test
    void aBufferThatADeviceKeepsThrowsWhenTheCallIsOver() {
        List<ByteBuffer> kept = new ArrayList<>();
        try (DmaFixture f = new DmaFixture(4)) {
            DmaDevice keeper = new DmaDevice() {
                @Override
                public int read(ByteBuffer target, long position) {
                    kept.add(target);
                    kept.add(target.slice());
                    return new Liar(target.remaining(), target.remaining()).move(target);
                }

                @Override
                public int write(ByteBuffer source, long position) {
                    return read(source, position);
                }
            };
            ScatterList list = f.list(f.frame(1));
            check(f, new DmaDescriptor(0).fromDevice(keeper, 0, list, 4096), DmaStatus.DONE);
            check(f, new DmaDescriptor(0).toDevice(keeper, 0, list, 4096), DmaStatus.DONE);
            assertThat(kept).hasSize(4)
                    .allSatisfy(late -> assertThatIllegalStateException().isThrownBy(() -> late.get(0)));
        }
        assertThat(kept).as("when the memory is closed")
                .allSatisfy(late -> assertThatIllegalStateException().isThrownBy(() -> late.get(0)));
    }

    @Test
    void aBufferIsForTheEnginesThread() throws InterruptedException {
        AtomicReference<Throwable> elsewhere = new AtomicReference<>();
        try (DmaFixture f = new DmaFixture(4)) {
            DmaDevice delegating = new DmaDevice() {
                @Override
                public int read(ByteBuffer target, long position) throws IOException {
                    Thread other = Thread.ofPlatform().start(() -> {
                        try {
                            target.put(0, (byte) 1);
                        } catch (Throwable e) {
                            elsewhere.set(e);
                        }
                    });
                    try {
                        other.join();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    return -1;
                }

                @Override
                public int write(ByteBuffer source, long position) {
                    return 0;
                }
            };
            check(f, new DmaDescriptor(0).fromDevice(delegating, 0, f.list(f.frame(1)), 4096), DmaStatus.SHORT);
        }
        assertThat(elsewhere.get()).isInstanceOf(WrongThreadException.class);
    }

    @Test
    void aDeviceCannotWriteIntoWhatItIsToRead() {
        try (DmaFixture f = new DmaFixture(4)) {
            DmaDevice writer = new DmaDevice() {
                @Override
                public int read(ByteBuffer target, long position) {
                    return 0;
                }

                @Override
                public int write(ByteBuffer source, long position) {
                    source.put((byte) 7);
                    return 1;
                }
            };
            DmaDescriptor d = new DmaDescriptor(0).toDevice(writer, 0, f.list(f.memory.zeroPfn()), 4096);
            check(f, d, DmaStatus.IO_ERROR);
            assertThat(d.failure()).isInstanceOf(ReadOnlyBufferException.class);
            assertThat(f.bytes(f.memory.zeroPfn(), 4096)).containsOnly(0);
        }
    }

    @Test
    void nothingIsSubmittedAsNothing() {
        try (DmaFixture f = new DmaFixture(4)) {
            assertThatNullPointerException().isThrownBy(() -> f.engine.submit(null)).withMessage("chain");
            assertThat(f.engine.inFlight()).isZero();
            check(f, new DmaDescriptor(0).fromDevice(new Liar(0, -1), 0, f.list(f.frame(1)), 1), DmaStatus.SHORT);
        }
    }

    @Test
    void everyParameterThatIsMissingIsNamed() {
        try (DmaFixture f = new DmaFixture(4)) {
            ScatterList list = f.list(f.frame(1));
            DmaDescriptor d = new DmaDescriptor(3);
            Liar device = new Liar(0, -1);
            assertThatNullPointerException().isThrownBy(() -> d.fromDevice(null, 0, list, 1)).withMessage("from");
            assertThatNullPointerException().isThrownBy(() -> d.fromDevice(device, 0, null, 1)).withMessage("into");
            assertThatNullPointerException().isThrownBy(() -> d.toDevice(null, 0, list, 1)).withMessage("to");
            assertThatNullPointerException().isThrownBy(() -> d.toDevice(device, 0, null, 1)).withMessage("from");
            assertThatNullPointerException().isThrownBy(() -> d.copy(null, list, 1)).withMessage("from");
            assertThatNullPointerException().isThrownBy(() -> d.copy(list, null, 1)).withMessage("into");
            assertThatNullPointerException().isThrownBy(() -> d.then(null)).withMessage("following");
            assertThatNullPointerException().isThrownBy(() -> list.addHeld((PageBatch<?>) null)).withMessage("batch");
            assertThatNullPointerException().isThrownBy(() -> f.engine.onInterrupt(null)).withMessage("handler");
            assertThatNullPointerException().isThrownBy(() -> EngineThread.start(null, e -> {
            })).withMessage("engine");
            assertThatNullPointerException().isThrownBy(() -> EngineThread.start(f.engine, null)).withMessage("errors");
            assertThatIllegalStateException().isThrownBy(() -> f.engine.submit(d))
                    .withMessage("descriptor 3 was never prepared");
            assertThat(f.engine.inFlight()).isZero();
        }
    }

    @Test
    void aListThatWasClearedSinceMovesNothing() {
        try (DmaFixture f = new DmaFixture(4)) {
            ScatterList list = f.list(f.frame(1));
            DmaDescriptor d = new DmaDescriptor(0).fromDevice(new Liar(4096, 4096), 0, list, 4096);
            list.clear();
            assertThatIllegalArgumentException().isThrownBy(() -> f.engine.submit(d))
                    .withMessage("DMA of 4096 bytes, but the scatter list has 0 frames");
            assertThat(f.engine.inFlight()).isZero();
            list.add(f.frame(1), 0);
            assertThat(f.engine.submit(d)).isTrue();
            list.clear(); // against the rules: the list belongs to the engine now
            f.go();
            assertThat(f.engine.poll()).isSameAs(d);
            assertThat(d.status()).isEqualTo(DmaStatus.IO_ERROR);
            assertThat(d.bytesMoved()).isZero();
        }
    }

    @Test
    void aFailedChainOfAnyLengthComesBack() {
        try (DmaFixture f = new DmaFixture(4)) {
            ScatterList list = f.list(f.frame(1));
            DmaDescriptor[] chain = new DmaDescriptor[100_000];
            for (int i = 0; i < chain.length; i++) {
                chain[i] = new DmaDescriptor(i).fromDevice(new Liar(0, -1), 0, list, 1);
                if (i > 0) {
                    chain[i - 1].then(chain[i]);
                }
            }
            check(f, chain[0], DmaStatus.SHORT);
            assertThat(chain[chain.length - 1].completionNumber()).isEqualTo(1);
            assertThat(chain[0].completionNumber()).isEqualTo(chain.length);
            assertThat(f.engine.stats().completedTwice()).isZero();
        }
    }

    @Test
    void numbersBeyondWhatADeviceCanHaveAreRefused() {
        try (DmaFixture f = new DmaFixture(4)) {
            ScatterList list = f.list(f.frame(1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new DmaDescriptor(0).fromDevice(new Liar(0, -1), Long.MAX_VALUE - 9, list, 10))
                    .withMessageContaining("10 bytes at position " + (Long.MAX_VALUE - 9));
        }
    }

    @Test
    void listsOfAClosedMemoryAndOfAnotherOneThrow() {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20));
        ScatterList list = new ScatterList(memory, 4);
        list.add(100, 0);
        assertThat(list.staleFrames()).isZero();
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> Frames.generation(memory, Long.MAX_VALUE));
        try (PhysicalMemory other = PhysicalMemory.open(MemoryOptions.ofRam(16 << 20));
                PageBatch<?> foreign = other.newPageBatch(1)) {
            assertThatIllegalArgumentException().isThrownBy(() -> list.addHeld(foreign));
        }
        memory.close();
        assertThatIllegalStateException().isThrownBy(list::staleFrames).withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(() -> Frames.generation(memory, 100))
                .withMessageContaining("closed");
    }
}
