package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.HugeZero;
import io.pinfold.core.page.PageRefs;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Users of the huge zero page against its shrinker: no thread ever counts as a user of a page that was given up. */
class HugeZeroRaceTest {
    private static final int ROUNDS = 30_000;

    private final PhysicalMemory memory = Memories.open(16);
    private final HugeZero zero = Bridge.core(memory).hugeZero();
    private volatile boolean isDone;

    @Test
    void usersAndTheShrinkerNeverMissEachOther() throws Exception {
        List<Future<?>> work = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            work.add(pool.submit(this::use));
            work.add(pool.submit(() -> {
                while (!isDone) {
                    boolean _ = zero.shrink();
                }
            }));
            for (Future<?> each : work) {
                each.get();
            }
        }
        boolean _ = zero.shrink();
        assertThat(zero.users()).isZero();
        Memories.closeIdle(memory);
    }

    private void use() {
        try {
            for (int round = 0; round < ROUNDS; round++) {
                long pfn = zero.use();
                assertThat(PageRefs.refCount(Bridge.core(memory).recordAddress(pfn))).isPositive();
                assertThat(zero.pfn()).isEqualTo(pfn);
                zero.unuse();
            }
        } finally {
            isDone = true;
        }
    }
}
