package io.pinfold.core.mm.space;

import io.pinfold.core.gup.MisuseException;

/**
 * mmap_lock of a space, held shared by a call or by the caller of one; {@link #close()} releases it. A call that has to
 * wait may drop it and take it again, and the holder can tell. For one thread at a time.
 */
public final class ReadLock implements AutoCloseable {
    private static final long NOT_HELD = 0;

    private final Mm mm;
    private long stamp;
    private boolean dropped;

    private ReadLock(Mm mm) {
        this.mm = mm;
    }

    /** Takes the lock; throws, with the lock not held, if the space is closed. */
    public static ReadLock take(Mm mm) {
        ReadLock lock = new ReadLock(mm);
        lock.retake();
        return lock;
    }

    /** Takes the lock unless the space is closed: then {@link #isHeld()} is false. */
    public static ReadLock takeIfOpen(Mm mm) {
        ReadLock lock = new ReadLock(mm);
        lock.stamp = mm.lockSharedIfOpen();
        return lock;
    }

    public Mm mm() {
        return mm;
    }

    /** Whether a call released the lock on the way: VMAs found before may be gone. */
    public boolean wasDropped() {
        return dropped;
    }

    public boolean isHeld() {
        return stamp != NOT_HELD;
    }

    /** Throws unless this is the lock of {@code expected}, and held. */
    @SuppressWarnings("ReferenceEquality") // an address space has one Mm
    public void check(Mm expected) {
        if (mm != expected) {
            throw new IllegalArgumentException("the guard holds mmap_lock of address space " + mm.id()
                    + ", the call is for address space " + expected.id());
        }
        if (stamp == NOT_HELD) {
            throw new MisuseException("the guard no longer holds mmap_lock of address space " + mm.id());
        }
    }

    /** Releases the lock for a call that may do so; {@link #wasDropped()} is true from then on. */
    public void drop() {
        long held = stamp;
        stamp = NOT_HELD;
        dropped = true;
        mm.unlock(held);
    }

    /** Takes the lock again after {@link #drop()}. Throws, with the lock not held, if the space is closed. */
    public void retake() {
        stamp = mm.lockShared();
    }

    /** Releases the lock; a second call does nothing. */
    @Override
    public void close() {
        long held = stamp;
        if (held != NOT_HELD) {
            stamp = NOT_HELD;
            mm.unlock(held);
        }
    }
}
