package io.pinfold.core.epoch;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.HeavyFence;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;
import org.jspecify.annotations.Nullable;

/**
 * The slot of a session, which belongs to one thread. Only that thread writes its word, so its entry needs no
 * read-modify-write: a release store where {@link HeavyFence} is there for the other side, else a volatile one.
 *
 * <p>A thread that is not the owner is refused, always: a thread reads itself in {@code thread} only if it wrote itself
 * there and no other since. So the look of every call is a plain one. Owners change under the lock of the slots.
 */
@SuppressWarnings("ReferenceEquality") // of threads: this very one
public final class SessionSlot extends WalkerSlot {
    /** Stands for the owner of a slot that was given back. It is never started. */
    private static final Thread GONE = new Thread("owner of a closed session");

    private final long epochNumber;
    private final long stateNumber;
    /** The owner; null between {@link #detach} and {@link #attach}. */
    private @Nullable Thread thread;

    SessionSlot(WalkerSlots slots, long address, long owner, Thread thread) {
        super(slots, address, owner);
        this.epochNumber = Align.wordNumber(slots.epochWord());
        this.stateNumber = Align.wordNumber(slots.state().address());
        this.thread = thread;
    }

    /**
     * Begins a walk. Waits while a close is looking for users.
     *
     * @throws MisuseException if the slot belongs to another thread, to none, or is closed; or a walk is going on
     * @throws io.pinfold.core.gup.MemoryClosedException if the memory is closed
     */
    public void enter() {
        if (thread != Thread.currentThread()) {
            throw notMine(thread);
        }
        long word = word();
        if (Words.getLongOpaque(word) != idle()) {
            throw walking(Words.getLongOpaque(word), " already");
        }
        long epoch = Words.getLongVolatile(Align.wordAddress(epochNumber)); // SLOT2 -> RETIRE2
        StackRoom.forPart(epoch);
        if (HeavyFence.isAsymmetric()) {
            Words.setLongRelease(word, epoch); // SLOT3 (KEEP2, GUARD1) -> RETIRE4, CLOSE2
        } else {
            Words.setLongVolatile(word, epoch); // SLOT3 (KEEP2, GUARD1) -> RETIRE4, CLOSE2
        }
        if (Words.getIntVolatile(Align.wordAddress(stateNumber)) != MemoryState.OPEN) { // SLOT4 -> CLOSE1
            awaitOpen();
            enter();
        }
    }

    /**
     * Checks that the calling thread is the owner, for calls that need the session and no walk.
     *
     * @throws MisuseException if the slot belongs to another thread, to none, or is closed
     */
    public void requireMine() {
        if (thread != Thread.currentThread()) {
            throw notMine(thread);
        }
    }

    /**
     * Gives the slot up, so that another thread can {@link #attach} it; by the owner.
     *
     * @throws MisuseException if the slot belongs to another thread, to none, or is closed; or a walk is going on, or a
     *         read scope is open
     */
    public void detach() {
        requireMine();
        StackRoom.forPart();
        long found = Words.getLongOpaque(word());
        if (SlotLayout.isActive(found)) {
            throw walking(found, " and cannot be handed over");
        }
        refuseInScope("be handed over");
        slots().mutex().lock();
        thread = null;
        slots().mutex().unlock();
    }

    /**
     * Makes the calling thread the owner of a slot that was detached, or whose owner has ended; nothing happens if it
     * is the owner.
     *
     * @throws MisuseException if another thread is the owner, or the slot is closed
     */
    public void attach() {
        if (thread == Thread.currentThread()) {
            return;
        }
        StackRoom.forPart();
        slots().mutex().lock();
        try {
            Thread owner = thread;
            if (owner != null && (owner == GONE || owner.isAlive())) {
                throw notMine(owner);
            }
            thread = Thread.currentThread();
        } finally {
            slots().mutex().unlock();
        }
    }

    /**
     * Makes the calling thread the owner, for what keeps sessions and lends them: the lender orders the calls of one
     * borrower before those of the next. A closed slot stays closed.
     */
    public void lend() {
        if (thread != GONE) {
            thread = Thread.currentThread();
        }
    }

    /** Ends what {@link #lend} began, by the same thread. */
    public void endLoan() {
        if (thread != GONE) {
            thread = null;
        }
    }

    /**
     * {@inheritDoc} By the owner; by any thread once the owner has ended, or if there is none. Ends the read scope that
     * such an owner has left open.
     *
     * @throws MisuseException if a walk is going on, a read scope of the calling thread is open, or the slot belongs to
     *         another thread that lives
     */
    @Override
    public void close() {
        StackRoom.forPart();
        slots().mutex().lock();
        try {
            Thread owner = thread;
            if (owner == GONE) {
                return;
            }
            long found = Words.getLongVolatile(word());
            if (owner == Thread.currentThread() && SlotLayout.isActive(found)) {
                throw walking(found, " and cannot be closed");
            }
            if (owner == Thread.currentThread()) {
                refuseInScope("be closed");
            }
            if (owner != null && owner != Thread.currentThread() && owner.isAlive()) {
                throw notMine(owner);
            }
            thread = GONE;
        } finally {
            slots().mutex().unlock();
        }
        Words.setLongVolatile(word(), SlotLayout.RELEASED);
        slots().giveBack(word() - SlotLayout.WORD);
    }

    private void refuseInScope(String what) {
        long scope = Words.getLongOpaque(word() - SlotLayout.WORD + SlotLayout.SCOPE);
        if (scope != SlotLayout.NO_SCOPE) {
            throw new MisuseException(this + " is inside a read scope of epoch " + scope + " and cannot " + what);
        }
    }

    private RuntimeException notMine(@Nullable Thread owner) {
        if (slots().state().get() == MemoryState.CLOSED) {
            return slots().state().closed();
        }
        return new MisuseException(this + (owner == GONE ? " is closed"
                : owner == null ? " is attached to no thread: attach() makes this one its owner"
                        : " belongs to " + owner + ", and " + Thread.currentThread()
                                + " uses it: detach() there and attach() here hand it over"));
    }
}
