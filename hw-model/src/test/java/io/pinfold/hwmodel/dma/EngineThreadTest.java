package io.pinfold.hwmodel.dma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("unchecked") // frames without an owner are enough for an engine
@Timeout(60)
class EngineThreadTest {

    /** A device of endless zeros; the first transfer waits for the latch. */
    private static final class Gated implements DmaDevice {

        final CountDownLatch started = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);

        @Override
        public int read(ByteBuffer target, long position) {
            started.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            int n = target.remaining();
            target.position(target.limit());
            return n;
        }

        @Override
        public int write(ByteBuffer source, long position) {
            throw new AssertionError("nothing is written here");
        }
    }

    private static ScatterList anyFrame(PhysicalMemory memory) {
        ScatterList list = new ScatterList(memory, 1);
        list.add(100, 0);
        return list;
    }

    @Test
    void everyChainOfEverySubmitterComesBackOnceWhileTheEngineCloses() throws InterruptedException {
        for (int round = 0; round < 50; round++) {
            PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20));
            DmaEngine engine = DmaEngine.open(memory, "closing", 8);
            EngineThread running = EngineThread.start(engine, problem -> {
                throw new AssertionError(problem);
            });
            Gated device = new Gated();
            device.release.countDown();
            AtomicInteger accepted = new AtomicInteger();
            AtomicInteger reaped = new AtomicInteger();
            CountDownLatch warm = new CountDownLatch(200);
            List<Thread> submitters = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int id = t;
                submitters.add(Thread.ofPlatform().start(() -> {
                    ScatterList list = anyFrame(memory);
                    try {
                        for (int i = 0;; i++) {
                            if (engine.submit(new DmaDescriptor(id * 1000 + i).fromDevice(device, 0, list, 8))) {
                                accepted.incrementAndGet();
                                engine.ring();
                            }
                            while (engine.poll() != null) {
                                reaped.incrementAndGet();
                                warm.countDown();
                            }
                        }
                    } catch (IllegalStateException closed) {
                        assertThat(closed).hasMessage("DMA engine closing is closed");
                    }
                }));
            }
            warm.await();
            running.close();
            for (Thread submitter : submitters) {
                submitter.join();
            }
            while (engine.poll() != null) {
                reaped.incrementAndGet();
            }
            assertThat(reaped.get()).isEqualTo(accepted.get());
            assertThat(engine.inFlight()).isZero();
            DmaStats stats = engine.stats();
            assertThat(stats.completed()).isEqualTo(stats.submitted()).isEqualTo(accepted.get());
            assertThat(stats.completedTwice()).isZero();
            memory.close();
        }
    }

    @Test
    void closeFinishesTheTransferUnderWayAndCancelsWhatWaits() throws InterruptedException {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20));
        DmaEngine engine = DmaEngine.open(memory, "0", 4);
        EngineThread running = EngineThread.start(engine, problem -> {
            throw new AssertionError(problem);
        });
        Gated device = new Gated();
        DmaDescriptor first = new DmaDescriptor(0).fromDevice(device, 0, anyFrame(memory), 8);
        engine.submit(first);
        engine.ring();
        device.started.await();
        DmaDescriptor second = new DmaDescriptor(1).fromDevice(device, 0, anyFrame(memory), 8);
        DmaDescriptor third = new DmaDescriptor(2).fromDevice(device, 0, anyFrame(memory), 8);
        second.then(third);
        engine.submit(second); // without the doorbell the chain can only be cancelled
        assertThatIllegalStateException().isThrownBy(memory::close).withMessageContaining("DMA engine 0");
        Thread closer = Thread.ofPlatform().start(running::close);
        device.release.countDown();
        closer.join();
        assertThat(engine.poll()).isSameAs(first);
        assertThat(engine.poll()).isSameAs(second);
        assertThat(first.status()).isEqualTo(DmaStatus.DONE);
        assertThat(second.status()).isEqualTo(DmaStatus.CANCELLED);
        assertThat(third.completionNumber()).isLessThan(second.completionNumber());
        assertThat(engine.inFlight()).isZero();
        memory.close();
    }

    @Test
    void theInterruptComesAfterEachChain() throws InterruptedException {
        try (PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20))) {
            DmaEngine engine = DmaEngine.open(memory, "0", 4);
            AtomicReference<DmaDescriptor> reaped = new AtomicReference<>();
            CountDownLatch interrupted = new CountDownLatch(1);
            engine.onInterrupt(() -> {
                reaped.set(engine.poll());
                interrupted.countDown();
            });
            try (EngineThread _ = EngineThread.start(engine, problem -> {
                throw new AssertionError(problem);
            })) {
                Gated device = new Gated();
                device.release.countDown();
                DmaDescriptor d = new DmaDescriptor(0).fromDevice(device, 0, anyFrame(memory), 8);
                engine.submit(d);
                engine.ring();
                interrupted.await();
                assertThat(reaped.get()).isSameAs(d);
            }
        }
    }

    /** Waits for a latch, ignoring interrupts, then reads a file. */
    private static final class GatedFile implements DmaDevice {
        final CountDownLatch started = new CountDownLatch(1);
        final AtomicBoolean release = new AtomicBoolean();
        private final FileDevice file;

        GatedFile(FileChannel channel) {
            file = new FileDevice(channel);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            started.countDown();
            while (!release.get()) {
                Thread.onSpinWait();
            }
            return file.read(target, position);
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            return file.write(source, position);
        }
    }

    @TempDir
    Path directory;

    @Test
    void anInterruptedCloserWaitsForTheTransferAndTheChannelStaysOpen() throws Exception {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20));
        DmaEngine engine = DmaEngine.open(memory, "slow", 4);
        EngineThread running = EngineThread.start(engine, problem -> {
            throw new AssertionError(problem);
        });
        try (FileChannel channel = FileChannel.open(Files.write(directory.resolve("file"), new byte[8192]))) {
            GatedFile device = new GatedFile(channel);
            DmaDescriptor first = new DmaDescriptor(7).fromDevice(device, 0, anyFrame(memory), 8);
            DmaDescriptor second = new DmaDescriptor(8).fromDevice(device, 0, anyFrame(memory), 8);
            first.then(second);
            engine.submit(first);
            engine.ring();
            device.started.await();
            List<Thread> closers = new ArrayList<>();
            AtomicInteger interrupted = new AtomicInteger();
            for (AutoCloseable close : List.<AutoCloseable>of(running, running, engine)) {
                closers.add(Thread.ofPlatform().start(() -> {
                    Thread.currentThread().interrupt();
                    try {
                        close.close();
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                    interrupted.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
                }));
            }
            for (Thread closer : closers) {
                while (LockSupport.getBlocker(closer) != engine || closer.getState() != Thread.State.WAITING) {
                    Thread.onSpinWait();
                }
            }
            assertThat(engine).hasToString(
                    "DMA engine slow (1 of 4 chains in flight, at work on descriptor 7 (running, 8 bytes at 0))");
            assertThatIllegalStateException().isThrownBy(memory::close).withMessageContaining("DMA engine slow");
            assertThatIllegalStateException().isThrownBy(() -> engine.submit(second)).withMessageContaining("closed");
            device.release.set(true);
            for (Thread closer : closers) {
                closer.join();
            }
            assertThat(interrupted.get()).isEqualTo(3);
            assertThat(channel.isOpen()).isTrue();
            assertThat(engine.poll()).isSameAs(first);
            assertThat(first.status()).isEqualTo(DmaStatus.DONE);
            assertThat(second.status()).as("the rest of the chain").isEqualTo(DmaStatus.CANCELLED);
            assertThat(second.completionNumber()).isEqualTo(1);
        }
        memory.close();
    }

    @Test
    void aDeviceThatLeavesItsThreadInterruptedClosesNobodysChannel() throws Exception {
        try (PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20));
                FileChannel channel = FileChannel.open(Files.write(directory.resolve("file"), new byte[8192]))) {
            DmaEngine engine = DmaEngine.open(memory, "0", 4);
            CountDownLatch done = new CountDownLatch(2);
            engine.onInterrupt(done::countDown);
            try (EngineThread _ = EngineThread.start(engine, problem -> {
                throw new AssertionError(problem);
            })) {
                DmaDevice rude = new DmaDevice() {
                    @Override
                    public int read(ByteBuffer target, long position) {
                        Thread.currentThread().interrupt();
                        target.position(target.limit());
                        return target.limit();
                    }

                    @Override
                    public int write(ByteBuffer source, long position) {
                        return 0;
                    }
                };
                DmaDescriptor first = new DmaDescriptor(0).fromDevice(rude, 0, anyFrame(memory), 8);
                DmaDescriptor then = new DmaDescriptor(1).fromDevice(new FileDevice(channel), 0, anyFrame(memory), 8);
                first.then(then);
                engine.submit(first);
                DmaDescriptor later = new DmaDescriptor(2).fromDevice(new FileDevice(channel), 0, anyFrame(memory), 8);
                engine.submit(later);
                engine.ring();
                done.await();
                assertThat(List.of(first, then, later)).extracting(DmaDescriptor::status).containsOnly(DmaStatus.DONE);
                assertThat(channel.isOpen()).isTrue();
            }
        }
    }

    @Test
    void aTransferCannotCloseTheEngineItIsIn() throws Exception {
        try (PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20))) {
            DmaEngine engine = DmaEngine.open(memory, "0", 4);
            AtomicReference<EngineThread> self = new AtomicReference<>();
            AtomicReference<Throwable> told = new AtomicReference<>();
            CountDownLatch reported = new CountDownLatch(1);
            engine.onInterrupt(() -> self.get().close());
            EngineThread running = EngineThread.start(engine, problem -> {
                told.set(problem);
                reported.countDown();
            });
            self.set(running);
            DmaDevice closing = new DmaDevice() {
                @Override
                public int read(ByteBuffer target, long position) {
                    engine.close();
                    return -1;
                }

                @Override
                public int write(ByteBuffer source, long position) {
                    return 0;
                }
            };
            DmaDescriptor d = new DmaDescriptor(0).fromDevice(closing, 0, anyFrame(memory), 8);
            engine.submit(d);
            engine.ring();
            reported.await();
            assertThat(engine.poll()).isSameAs(d);
            assertThat(d.status()).isEqualTo(DmaStatus.IO_ERROR);
            assertThat(d.failure()).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("cannot be closed by the transfer it is in");
            assertThat(told.get()).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("cannot be closed by the transfer it is in");
            engine.onInterrupt(() -> {
            });
            running.close();
        }
    }

    @Test
    void oneThreadAtATimeRunsAnEngine() throws Exception {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20));
        DmaEngine engine = DmaEngine.open(memory, "0", 4);
        EngineThread running = EngineThread.start(engine, problem -> {
            throw new AssertionError(problem);
        });
        assertThatIllegalStateException().isThrownBy(() -> EngineThread.start(engine, problem -> {
        })).withMessageContaining("DMA engine 0").withMessageContaining("has a thread already");
        Gated device = new Gated();
        DmaDescriptor d = new DmaDescriptor(0).fromDevice(device, 0, anyFrame(memory), 8);
        engine.submit(d);
        engine.ring();
        device.started.await();
        assertThatIllegalStateException().isThrownBy(engine::doWork).withMessageContaining("is run by dma-0 already");
        device.release.countDown();
        engine.close(); // its thread ends, too
        assertThat(engine.doWork()).isZero();
        assertThat(engine.poll()).isSameAs(d);
        assertThat(d.status()).isEqualTo(DmaStatus.DONE);
        memory.close();
        running.close();
    }

    /** The same for a checked exception that is thrown past the compiler. */
    @Test
    void everyChainComesBackWhenTheInterruptHandlerThrows() {
        for (Throwable thrown : new Throwable[]{new IllegalArgumentException("the handler"),
                new AssertionError("the handler"), new IOException("the handler")}) {
            PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20));
            DmaEngine engine = DmaEngine.open(memory, "0", 4);
            Gated device = new Gated();
            for (int i = 0; i < 3; i++) {
                engine.submit(new DmaDescriptor(i).fromDevice(device, 0, anyFrame(memory), 8));
            }
            engine.onInterrupt(() -> {
                throw EngineThreadTest.<RuntimeException>asIs(thrown);
            });
            assertThatThrownBy(engine::close).isSameAs(thrown);
            for (int i = 0; i < 3; i++) {
                assertThat(engine.poll()).isNotNull().extracting(DmaDescriptor::status)
                        .isEqualTo(DmaStatus.CANCELLED);
            }
            assertThat(engine.inFlight()).isZero();
            engine.close();
            memory.close();
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Throwable> T asIs(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
