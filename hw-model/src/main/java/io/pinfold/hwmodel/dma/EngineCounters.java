package io.pinfold.hwmodel.dma;

import java.util.concurrent.atomic.AtomicLong;

/** The engine's own counters: mostly written by its thread, read by any thread. */
final class EngineCounters {

    final AtomicLong submitted = new AtomicLong();
    final AtomicLong completed = new AtomicLong();
    final AtomicLong cancelled = new AtomicLong();
    final AtomicLong completedTwice = new AtomicLong();
    final AtomicLong refusedSubmits = new AtomicLong();
    private final AtomicLong stale = new AtomicLong();
    private final AtomicLong staleFrames = new AtomicLong();
    private final AtomicLong staleAtStart = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong bytesMoved = new AtomicLong();

    void transferred(long bytes, int staleFramesNow, int staleFramesAtStart, DmaStatus status) {
        bytesMoved.addAndGet(bytes);
        if (status == DmaStatus.STALE) {
            stale.incrementAndGet();
            staleFrames.addAndGet(staleFramesNow);
            if (staleFramesAtStart > 0) {
                staleAtStart.incrementAndGet();
            }
        } else if (status != DmaStatus.DONE) {
            failed.incrementAndGet();
        }
    }

    DmaStats snapshot() {
        return new DmaStats(submitted.get(), completed.get(), stale.get(), staleFrames.get(), staleAtStart.get(),
                failed.get(), cancelled.get(), bytesMoved.get(), completedTwice.get(), refusedSubmits.get());
    }
}
