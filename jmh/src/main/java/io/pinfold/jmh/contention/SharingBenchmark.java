package io.pinfold.jmh.contention;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.GupSession;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures a get and put of one page while a second thread does the same: on a page of its own, on the page whose
 * record is the neighbour's, or on the same page. {@code baseline} is a compare-and-set up and one down on the count
 * alone. On a machine with two processors that runs anything else, the figures mean little; use {@code ./pinfold bench
 * --only threads} there.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Threads(2)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class SharingBenchmark {
    private static final int PAGE_BYTES = 4096;
    private static final int PAGES = 64;
    private static final int FAR = 32;

    /** Distance between the pages of the two threads. */
    @Param({"far", "neighbour", "same"})
    public String sharing = "far";

    private final AtomicInteger users = new AtomicInteger();
    private PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(64L << 20));
    private AddressSpace space = AddressSpace.create(memory);
    private long start;

    @Setup(Level.Trial)
    public void map() {
        long address = space.mmap(0, (long) PAGES * PAGE_BYTES, Prot.READ_WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS);
        start = address;
        try (Cpu cpu = space.openCpu()) {
            for (int i = 0; i < PAGES; i++) {
                cpu.storeLong(address + (long) i * PAGE_BYTES, i);
            }
        }
    }

    @TearDown(Level.Trial)
    public void close() {
        space.close();
        memory.close();
    }

    /** One thread's session, batch and page. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // JMH calls open before any other method
    public static class User {
        private GupSession session;
        private PageBatch<Hold.Get> gets;
        private PageBatch<Hold.Pin> pins;
        private long address;
        private long count;

        /** Chooses the page. */
        @Setup(Level.Trial)
        public void open(SharingBenchmark shared) {
            int page = switch (shared.sharing) {
                case "far" -> FAR * (shared.users.getAndIncrement() % 2);
                case "neighbour" -> shared.users.getAndIncrement() % 2;
                default -> 0;
            };
            session = GupSession.open(shared.memory);
            gets = shared.memory.newPageBatch(1);
            pins = shared.memory.newPageBatch(1);
            address = shared.start + (long) page * PAGE_BYTES;
            count = Bridge.core(shared.memory).recordAddress(shared.space.frameAt(address)) + PageLayout.REFCOUNT;
        }

        @TearDown(Level.Trial)
        public void close() {
            pins.close();
            gets.close();
            session.close();
        }

        private int add(int delta) {
            int seen = Words.getIntVolatile(count);
            while (!Words.compareAndSetInt(count, seen, seen + delta)) {
                seen = Words.getIntVolatile(count);
            }
            return seen;
        }
    }

    /** Baseline: two compare-and-sets on the page's count. */
    @Benchmark
    public int baseline(User user) {
        return user.add(1) + user.add(-1);
    }

    /** get_user_pages_fast and put_page. */
    @Benchmark
    public int getAndPut(User user) {
        int n = user.session.getUserPagesFast(space, user.address, 1, GupOptions.WRITE, user.gets);
        memory.putPages(user.gets);
        return n;
    }

    /** pin_user_pages_fast and unpin_user_page. */
    @Benchmark
    public int pinAndUnpin(User user) {
        int n = user.session.pinUserPagesFast(space, user.address, 1, GupOptions.WRITE, user.pins);
        memory.unpinUserPages(user.pins);
        return n;
    }
}
