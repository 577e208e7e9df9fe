package io.pinfold.core.words;

import io.pinfold.jcstress.explore.memory.Op.Kind;
import io.pinfold.jcstress.explore.memory.Op.Mode;
import io.pinfold.jcstress.explore.search.AccessGate;
import org.jspecify.annotations.Nullable;

/**
 * The form of {@code Mutex} that replaces core's in the explorer: a word, odd while held, that grows by two with each
 * acquisition. Acquiring it is one access, possible when it is free. The access returns the number of acquisitions, so
 * that the guarded data is a function of the values that the strands have read.
 */
public final class Mutex {
    private final long word = AccessGate.newLockWord();
    private long taken;
    private @Nullable Thread holder;

    public Mutex() {
    }

    public Mutex(String what) {
        // an explored run has no thread dumps
    }

    public void lock() {
        taken = AccessGate.lock(word, 1, 1) + 1;
        holder = Thread.currentThread();
    }

    public void unlock() {
        if (!heldByCurrentThread()) {
            throw new IllegalMonitorStateException("this strand does not hold the lock");
        }
        holder = null;
        AccessGate.access(Kind.STORE, Mode.RELEASE, Long.BYTES, word, taken + 1, 0);
    }

    public boolean heldByCurrentThread() {
        return holder == Thread.currentThread();
    }

    @Override
    public String toString() {
        return "a mutex of an explored run";
    }
}
