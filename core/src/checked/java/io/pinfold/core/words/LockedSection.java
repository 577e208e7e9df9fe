package io.pinfold.core.words;

import org.jspecify.annotations.Nullable;

/** What a thread does between taking a lock that bounds a call and giving it back. Its fields are the thread's own. */
final class LockedSection {
    final Object lock;
    /** Whether anything was taken away in it. */
    boolean hasTaken;
    /** The first advance that a flush made in it; null if there is none. */
    @Nullable
    Throwable advanced;
    /** Written by the thread that gives the lock back, which may be another. */
    volatile boolean isOver;

    LockedSection(Object lock) {
        this.lock = lock;
    }
}
