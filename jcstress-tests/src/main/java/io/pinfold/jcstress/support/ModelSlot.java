package io.pinfold.jcstress.support;

/**
 * The slot of one walker and the epoch, for models: the walker enters the slot before it reads and leaves it
 * afterwards; a mutator advances the epoch and looks whether the walker entered before. They lie on lines of their own.
 */
public final class ModelSlot {
    private static final long IDLE = 0;
    /** Above every epoch: no walk is inside. */
    private static final long PARKED = Long.MAX_VALUE;

    private final long slot = Cells.claim();
    private final long epoch = slot + Cells.LINE;

    /** An idle slot. */
    public ModelSlot() {
        Cells.set(epoch, 1);
    }

    /**
     * Publishes the epoch in the slot.
     *
     * @param fenced whether by a locked instruction, which is over before the walker's first load; otherwise by a
     *               release store, which may wait in the store buffer while the walker loads
     */
    public void enter(boolean fenced) {
        long now = Cells.getVolatile(epoch);
        if (fenced) {
            Cells.compareAndSet(slot, IDLE, now);
        } else {
            Cells.setRelease(slot, now);
        }
    }

    /** Leaves the slot. */
    public void leave() {
        Cells.setRelease(slot, IDLE);
    }

    /** Shuts the slot if it is idle, by a compare-and-set, for a walker that looks for that before it enters. */
    public boolean park() {
        return Cells.compareAndSet(slot, IDLE, PARKED);
    }

    public boolean isParked() {
        return Cells.getVolatile(slot) == PARKED;
    }

    /** Begins the next epoch, and returns the last one. */
    public long advance() {
        return Cells.getAndAdd(epoch, 1);
    }

    /** Whether the walker is inside since an epoch up to {@code last}. */
    public boolean isInside(long last) {
        long seen = Cells.getVolatile(slot);
        return seen != IDLE && seen <= last;
    }

    /** Waits until the walker is not inside since an epoch up to {@code last}. */
    public void awaitPassed(long last) {
        while (isInside(last)) {
            Thread.onSpinWait();
        }
    }

    /** Waits until the slot is idle; whether it was not at first. */
    public boolean awaitIdle() {
        boolean waited = false;
        while (Cells.getVolatile(slot) != IDLE) {
            waited = true;
            Thread.onSpinWait();
        }
        return waited;
    }
}
