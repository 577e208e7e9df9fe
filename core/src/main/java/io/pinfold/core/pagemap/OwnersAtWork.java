package io.pinfold.core.pagemap;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.words.Mutex;
import java.util.ArrayList;
import java.util.List;

/**
 * The threads that are in a callback of a pagemap's owner: such a thread must not wait for the end of a pagemap. The
 * end waits for callbacks, and for pages that the operation around the callback still holds.
 */
final class OwnersAtWork {
    private final Mutex mutex = new Mutex("callbacks of pagemaps");
    /**
     * Each as often as it is in one. Not a thread-local: an explored run that is given up half way puts back what lists
     * hold.
     */
    private final List<Thread> threads = new ArrayList<>(); // guarded by mutex

    /** Before a callback; may throw for want of heap, and then nothing has changed. */
    void begin() {
        mutex.lock();
        try {
            threads.add(Thread.currentThread());
        } finally {
            mutex.unlock();
        }
    }

    /** After it. */
    void end() {
        mutex.lock();
        try {
            boolean _ = threads.remove(Thread.currentThread());
        } finally {
            mutex.unlock();
        }
    }

    /**
     * Refuses what waits for the end of a pagemap.
     *
     * @throws MisuseException if the calling thread is in a callback
     */
    void requireNone(Pagemap pagemap) {
        if (isAtWork()) {
            throw new MisuseException(
                    pagemap + " cannot be closed or waited for by a callback of a pagemap: its end waits for callbacks;"
                            + " kill it here, and let another thread do the rest");
        }
    }

    private boolean isAtWork() {
        mutex.lock();
        try {
            return threads.contains(Thread.currentThread());
        } finally {
            mutex.unlock();
        }
    }
}
