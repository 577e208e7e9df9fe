package io.pinfold.core.device;

import java.util.concurrent.ConcurrentHashMap;

/**
 * The threads that are in a callback of a pagemap's owner, and how deep: such a thread must not wait for the end of a pagemap. The end
 * waits for callbacks, and for pages that the operation around the callback still holds.
 */
final class OwnersAtWork {
    /** Not a thread-local: an explored run that is given up half way puts back what collections hold. */
    private final ConcurrentHashMap<Thread, Integer> depths = new ConcurrentHashMap<>();

    /** Before a callback; may throw for want of heap, and then nothing has changed. */
    void begin() {
        int _ = depths.merge(Thread.currentThread(), 1, Integer::sum);
    }

    /** After it. */
    void end() {
        Integer _ = depths.computeIfPresent(Thread.currentThread(), (thread, depth) -> depth == 1 ? null : depth - 1);
    }

    /**
     * Refuses what waits for the end of a pagemap.
     *
     * @throws IllegalStateException if the calling thread is in a callback
     */
    void requireNone(DevPagemap pagemap) {
        if (depths.containsKey(Thread.currentThread())) {
            throw new IllegalStateException(
                    pagemap + " cannot be closed or waited for by a callback of a pagemap: its end waits for callbacks;"
                            + " kill it here, and let another thread do the rest");
        }
    }
}
