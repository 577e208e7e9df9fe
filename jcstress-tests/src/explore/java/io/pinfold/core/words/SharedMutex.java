package io.pinfold.core.words;

import io.pinfold.jcstress.explore.memory.Op.Kind;
import io.pinfold.jcstress.explore.memory.Op.Mode;
import io.pinfold.jcstress.explore.search.AccessGate;

/**
 * The form of {@code SharedMutex} that replaces core's in the explorer: a word with an exclusive bit, a count of
 * sharers and, above, a count of acquisitions. Acquiring it is one access, possible when the other form is not held.
 */
public final class SharedMutex {
    private static final long EXCLUSIVE = 1;
    private static final long SHARER = 2;
    private static final long HELD = 0xFFFF;
    private static final long TAKING = HELD + 1;

    private final long word = AccessGate.newLockWord();

    public SharedMutex() {
    }

    public SharedMutex(String what) {
        // an explored run has no thread dumps
    }

    public long lockShared() {
        return (AccessGate.lock(word, EXCLUSIVE, TAKING + SHARER) & -TAKING) + SHARER;
    }

    public long lockExclusive() {
        return (AccessGate.lock(word, HELD, TAKING + EXCLUSIVE) & -TAKING) + EXCLUSIVE;
    }

    public long tryLockShared() {
        while (true) {
            long found = AccessGate.access(Kind.LOAD, Mode.VOLATILE, Long.BYTES, word, 0, 0);
            if ((found & EXCLUSIVE) != 0) {
                return 0;
            }
            if (AccessGate.access(Kind.CAS, Mode.VOLATILE, Long.BYTES, word, found, found + TAKING + SHARER) == found) {
                return (found & -TAKING) + SHARER;
            }
        }
    }

    public void unlock(long stamp) {
        long form = stamp & HELD;
        if (form == EXCLUSIVE ? !isHeldExclusive() : form != SHARER || !isHeldShared()) {
            throw new IllegalMonitorStateException("stamp " + stamp + " stands for nothing held");
        }
        AccessGate.access(Kind.ADD, Mode.VOLATILE, Long.BYTES, word, -form, 0);
    }

    public boolean isHeldExclusive() {
        return (AccessGate.peek(word) & EXCLUSIVE) != 0;
    }

    public boolean isHeldShared() {
        return (AccessGate.peek(word) & HELD) >= SHARER;
    }

    @Override
    public String toString() {
        return "a shared mutex of an explored run";
    }
}
