package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.VmStat;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Eight threads of every call against each other, two million operations. While it runs, every page obtained must show
 * the stamp of the address it was obtained for (I1) and keep its generation while held (I5), and no walker may meet a
 * poisoned table (I7). At the end nothing is left and the books balance (I2 to I4, I13, I14).
 *
 * <p>Replay the mix with {@code -Dpinfold.seed=}, make it longer with {@code -Dpinfold.stress.operations=}.
 */
class GupStressIT {

    private static final int THREADS = 8;

    @Test
    void everyCallAgainstEveryOther() throws InterruptedException {
        long seed = Long.getLong("pinfold.seed", System.nanoTime());
        int operations = Integer.getInteger("pinfold.stress.operations", 2_000_000);
        System.out.println("GupStressIT seed " + seed);
        VmStat stat;
        try (StressWorld world = new StressWorld()) {
            List<StressWorker> workers = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                StressWorker worker = new StressWorker(world, seed + i, operations / THREADS);
                workers.add(worker);
                threads.add(new Thread(worker, "stress-" + i));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            world.rethrow();
            workers.forEach(StressWorker::releaseAll);
            workers.forEach(StressWorker::close);
            stat = world.memory.vmStat();
            assertThat(workers.stream().mapToLong(StressWorker::obtained).sum()).as("pages obtained").isPositive();
        }
        System.out.println("GupStressIT hits " + stat.fastHits() + " fall-backs " + stat.fallBacks() + " roll-backs "
                + stat.rollBacks() + " epochs " + stat.epochsAdvanced());
    }
}
