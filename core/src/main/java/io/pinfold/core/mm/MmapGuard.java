package io.pinfold.core.mm;

import io.pinfold.core.internal.GuardDoor;
import io.pinfold.core.mm.space.ReadLock;

/**
 * mmap_lock of a space, held shared: the argument of the calls that want it held. {@link #close()} releases it.
 *
 * <p>For one thread at a time. The lock is not re-entrant: a thread that holds a guard must not call anything of that
 * space that takes the lock itself ({@code mmap}, {@code munmap}, {@code mprotect}, a {@link Cpu} access that faults,
 * another {@code readLock()}); it may wait for ever.
 */
@SuppressWarnings("exports") // of the superclass, which has no members for users
public final class MmapGuard extends GuardDoor implements AutoCloseable {
    private final AddressSpace space;
    private final ReadLock lock;

    MmapGuard(AddressSpace space) {
        this(space, ReadLock.take(space.mm()));
    }

    private MmapGuard(AddressSpace space, ReadLock lock) {
        super(lock);
        this.space = space;
        this.lock = lock;
    }

    /** {@return the space whose lock it is} */
    public AddressSpace space() {
        return space;
    }

    /**
     * {@return whether the lock was released on the way by a call it was passed to: mappings seen before may be gone}
     */
    public boolean wasDropped() {
        return lock.wasDropped();
    }

    /** {@return whether the lock is held: before {@link #close}} */
    public boolean isHeld() {
        return lock.isHeld();
    }

    /** Releases the lock; a second call does nothing. */
    @Override
    public void close() {
        lock.close();
    }
}
