package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.VmStat;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The statistics of pins while another thread pins and unpins. */
class StatisticsOfPinsTest extends MmTest {
    private static final int BATCHES = 5_000;
    private static final int READS = 50;

    /** Many batches make a sum last long: a whole pin and unpin fits between the one sum and the other. */
    @Test
    void neverMoreReleasedThanAcquired() throws Exception {
        assertThat(space.mmap(BASE, PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(BASE);
        List<PageBatch<Hold.Pin>> batches = new ArrayList<>();
        for (int i = 0; i < BATCHES; i++) {
            batches.add(memory.newPageBatch(1));
        }
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicLong rounds = new AtomicLong();
        FutureTask<Void> pinner = new FutureTask<>(() -> {
            PageBatch<Hold.Pin> batch = batches.get(BATCHES / 2);
            while (!isOver.get()) {
                assertThat(space.pinUserPagesUnlocked(BASE, 1, GupOptions.WRITE, batch)).isOne();
                assertThat(memory.unpinUserPages(batch)).isOne();
                rounds.incrementAndGet();
            }
        }, null);
        Thread.ofPlatform().daemon().start(pinner);
        try {
            for (int read = 0; read < READS; read++) {
                long before = rounds.get();
                while (rounds.get() < before + 3 && !pinner.isDone()) { // it is at work, not only ready
                    Thread.onSpinWait();
                }
                VmStat stat = memory.vmStat();
                assertThat(stat.nrFollPinReleased()).as("read %d", read)
                        .isLessThanOrEqualTo(stat.nrFollPinAcquired());
            }
        } finally {
            isOver.set(true);
            pinner.get();
        }
        VmStat stat = memory.vmStat();
        assertThat(stat.nrFollPinReleased()).isEqualTo(stat.nrFollPinAcquired()).isEqualTo(rounds.get());
        batches.forEach(PageBatch::close);
    }
}
