package io.pinfold.hwmodel.dma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("unchecked") // frames that nobody allocated are enough for an engine
@Timeout(60)
class EngineThreadTest {

    /** Gives endless zeros; the first transfer waits for the latch. */
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
        engine.submit(second); // no doorbell: it can only be cancelled
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
}
