package io.pinfold.hwmodel.dma;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.PinException;
import io.pinfold.fastpath.PinnedRange;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.jctools.queues.varhandle.SpscVarHandleArrayQueue;

/**
 * Closing a memory while eight threads are in every kind of call. Run by {@link CloseRaceIT} in a JVM of its own, which
 * must not crash. Each round: open everything, let the threads loop, close engine, space and memory under them. Every
 * thread must end with an {@link IllegalStateException} that names what is closed, and the memory must reach CLOSED.
 */
final class CloseRace {

    private static final int PAGES = 16;
    private static final GupOptions WRITE = GupOptions.WRITE;
    private static final LongAdder CALLS = new LongAdder();

    /** A device without end: reads are zeros, writes are dropped. */
    private static final DmaDevice ENDLESS = new DmaDevice() {
        @Override
        public int read(ByteBuffer target, long position) {
            int n = target.remaining();
            target.put(new byte[n]);
            return n;
        }

        @Override
        public int write(ByteBuffer source, long position) {
            byte[] sink = new byte[source.remaining()];
            source.get(sink);
            return sink.length;
        }
    };

    private final Random random;
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20));
    private final AddressSpace space = AddressSpace.create(memory);
    private final DmaEngine engine = DmaEngine.open(memory, "race", 4);
    private final EngineThread engineThread = EngineThread.start(engine, problem -> {
        throw new AssertionError(problem);
    });
    private final long address = space.mmap(0, PAGES * 4096L, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
    private final GupSession idle = GupSession.open(memory);
    private final PageBatch<Hold.Pin> idleBatch = memory.newPageBatch(1);
    private final SpscVarHandleArrayQueue<PageBatch<Hold.Pin>> handedOver = new SpscVarHandleArrayQueue<>(4);
    private volatile boolean pinnerDone;

    private CloseRace(long seed) {
        random = new Random(seed);
    }

    public static void main(String[] args) {
        int rounds = Integer.parseInt(args[0]);
        long seed = Long.parseLong(args[1]);
        long refused = 0;
        ExecutorService threads = Executors.newFixedThreadPool(8);
        for (int round = 0; round < rounds; round++) {
            try {
                refused += new CloseRace(seed + round).round(threads);
            } catch (Throwable e) {
                System.out.println("round " + round);
                e.printStackTrace();
                System.exit(1); // other threads might never end now
            }
        }
        threads.shutdown();
        System.out.println("closed " + rounds + " times, refused " + refused + " times before, under " + CALLS.sum()
                + " rounds of calls");
    }

    /** A loop that ends only when something it uses is closed. */
    private interface Work {
        void once() throws Exception;
    }

    private long round(ExecutorService threads) throws Exception {
        List<Callable<Void>> work = List.of(looping(this::walker), this::pinner, this::lastPutter,
                looping(this::processor), this::driver, looping(this::ranger), this::statistician,
                looping(this::mutator));
        CyclicBarrier start = new CyclicBarrier(work.size() + 1);
        List<Future<Void>> running = new ArrayList<>();
        for (Callable<Void> each : work) {
            running.add(threads.submit(() -> {
                start.await();
                return each.call();
            }));
        }
        start.await();
        long refused = close(random.nextInt(50_000), random.nextBoolean());
        for (Future<Void> each : running) {
            each.get();
        }
        useAfterClose();
        return refused;
    }

    private long close(int delay, boolean engineFirst) {
        for (int i = 0; i < delay; i++) {
            Thread.onSpinWait(); // about a millisecond; a yield would cost time slices of all others
        }
        long refused = 0;
        refused += tryClose() ? 0 : 1; // refused: a space is open, and no other thread may notice
        if (engineFirst) {
            engineThread.close();
            refused += tryClose() ? 0 : 1;
            space.close();
        } else {
            space.close();
            refused += tryClose() ? 0 : 1;
            engineThread.close();
        }
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!tryClose()) { // batches come back one by one
            refused++;
            Thread.yield();
            if (System.nanoTime() > deadline) {
                memory.close(); // throws, naming the batches that never came back
            }
        }
        return refused;
    }

    private boolean tryClose() {
        try {
            memory.close();
            return true;
        } catch (IllegalStateException e) {
            if (!e.getMessage().contains("still out")) {
                throw e;
            }
            return false;
        }
    }

    private static Callable<Void> looping(Callable<Work> opener) {
        return () -> {
            try {
                Work work = opener.call();
                while (true) {
                    work.once();
                    CALLS.increment();
                }
            } catch (IllegalStateException e) {
                requireClosed(e);
                return null;
            }
        };
    }

    private static void requireClosed(IllegalStateException e) {
        if (e.getMessage() == null || !e.getMessage().contains("closed")) {
            throw e;
        }
    }

    private Work walker() {
        GupSession session = GupSession.open(memory);
        PageBatch<?> batch = memory.newPageBatch(PAGES);
        return () -> {
            if (session.getUserPagesFast(space, address, PAGES, WRITE, Kinds.gets(batch)) > 0) {
                memory.putPages(Kinds.gets(batch));
            }
            if (session.pinUserPagesFastOnly(space, address, PAGES, WRITE, Kinds.pins(batch)) > 0) {
                memory.unpinUserPages(Kinds.pins(batch));
            }
        };
    }

    private Void pinner() throws Exception {
        try {
            return looping(() -> {
                GupSession session = GupSession.open(memory);
                return () -> {
                    PageBatch<Hold.Pin> batch = memory.newPageBatch(2);
                    if (session.pinUserPagesFast(space, address, 2, WRITE, batch) <= 0) {
                        batch.close();
                        return;
                    }
                    try {
                        space.munmap(address, 2 * 4096); // the pin is the last reference now, or will be soon
                    } finally {
                        while (!handedOver.offer(batch)) {
                            Thread.yield();
                        }
                    }
                };
            }).call();
        } finally {
            pinnerDone = true;
        }
    }

    private Void lastPutter() {
        while (true) {
            boolean last = pinnerDone;
            PageBatch<Hold.Pin> batch = handedOver.poll();
            if (batch != null) {
                memory.unpinUserPagesDirtyLock(batch, true);
                batch.close();
            } else if (last) {
                return null;
            } else {
                Thread.yield();
            }
        }
    }

    private Work processor() {
        Cpu cpu = space.openCpu();
        byte[] bytes = new byte[3 * 4096];
        return () -> {
            try {
                cpu.storeLong(address + 8, 1);
                cpu.copyIn(address + 100, bytes, 0, bytes.length);
                cpu.copyOut(address + 5000, bytes, 0, bytes.length);
            } catch (SegmentationFault e) {
                space.mmap(address, PAGES * 4096L, Prot.READ_WRITE,
                        MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
            }
        };
    }

    /** Unpins only after the transfer has come back, as a driver must, whatever closes meanwhile. */
    private Void driver() {
        DmaDescriptor read = new DmaDescriptor(0);
        DmaDescriptor write = new DmaDescriptor(1);
        ScatterList list = new ScatterList(memory, PAGES);
        try (PageBatch<Hold.Pin> batch = memory.newPageBatch(PAGES); GupSession session = GupSession.open(memory)) {
            while (true) {
                int n = session.pinUserPagesFast(space, address, PAGES, WRITE, batch);
                if (n <= 0) {
                    continue;
                }
                try {
                    list.clear();
                    list.addHeld(batch);
                    read.fromDevice(ENDLESS, 0, list, n * 4096L);
                    write.toDevice(ENDLESS, 0, list, n * 4096L);
                    read.then(write);
                    engine.submit(read);
                    engine.ring();
                    while (engine.poll() == null) {
                        Thread.yield();
                    }
                    if (read.status() == DmaStatus.STALE || write.status() == DmaStatus.STALE) {
                        throw new AssertionError("a pinned frame was freed: " + read + ", " + write);
                    }
                } finally {
                    memory.unpinUserPages(batch);
                    CALLS.increment();
                }
            }
        } catch (IllegalStateException e) {
            requireClosed(e);
            return null;
        }
    }

    private Work ranger() {
        GupSession session = GupSession.open(memory);
        return () -> {
            try (PinnedRange range = PinnedRange.pin(session, space, address + 10, 3 * 4096, WRITE)) {
                range.run(0).set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            } catch (PinException e) {
                Thread.onSpinWait(); // just unmapped
            }
        };
    }

    private Void statistician() {
        while (!memory.isClosed()) {
            look();
            Thread.yield();
        }
        return null;
    }

    private void look() {
        try {
            if (memory.vmStat().nrFollPinReleased() < 0 || memory.page(100).refCount() < 0) {
                throw new AssertionError("counts below zero");
            }
        } catch (IllegalStateException e) {
            requireClosed(e);
        }
    }

    private Work mutator() {
        return () -> {
            space.mprotect(address, PAGES * 4096L, Prot.READ);
            space.munmap(address + 4096, 4096);
            space.mmap(address, PAGES * 4096L, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
        };
    }

    private void useAfterClose() {
        if (!memory.isClosed()) {
            throw new AssertionError("not closed");
        }
        refuses(() -> idle.pinUserPagesFastOnly(space, address, 1, WRITE, idleBatch));
        refuses(() -> GupSession.open(memory));
        refuses(() -> AddressSpace.create(memory));
        refuses(() -> DmaEngine.open(memory, "late", 1));
        refuses(() -> engine.submit(new DmaDescriptor(0).fromDevice(ENDLESS, 0, oneFrame(), 1)));
        refuses(() -> memory.newPageBatch(1));
        refuses(space::openCpu);
        look();
        memory.close(); // a second close does nothing
        engineThread.close();
        space.close();
    }

    private ScatterList oneFrame() {
        ScatterList list = new ScatterList(memory, 1);
        list.add(100, 0);
        return list;
    }

    private static void refuses(Work late) {
        try {
            late.once();
        } catch (IllegalStateException e) {
            requireClosed(e);
            return;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("a call on a closed memory went through");
    }
}
