package io.pinfold.core.internal;

import io.pinfold.core.mm.space.ReadLock;

/** The base class of an MmapGuard, which holds its lock for the modules of the project. */
public abstract class GuardDoor {
    final ReadLock lock;

    /** A door to {@code lock}. */
    protected GuardDoor(ReadLock lock) {
        this.lock = lock;
    }
}
