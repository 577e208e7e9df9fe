package io.pinfold.hwmodel.copy;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A gate that tells rivals when they may store through a window's addresses. Unmapping, mapping again and protecting
 * need no gate: they take a page away, and a pin must stand that. A store does need one: into a page that is still
 * mapped <em>and</em> in flight it would legally change the data, and the copy would be wrong without any bug.
 *
 * <p>Stores inside the gate never reach a frame in flight, because:
 * <ol>
 * <li>The copier opens the gate only after all frames of the chunk are held, and does not pin in this window again
 * before the gate was closed and all rivals left it ({@link #isEmpty}).
 * <li>A rival stores only after it entered the open gate <em>and then</em> replaced the whole window itself (munmap and
 * mmap, mmap over it, or MADV_DONTNEED). The replacement clears every entry that existed and waits for CPU accesses
 * under way.
 * <li>So what the window maps at the store was faulted in after 2., hence allocated after the chunk's frames were held:
 * it is none of them, as a held frame is not free; and none of another window's, for the same reason.
 * </ol>
 * Replacements by other rivals in between only make 3. true again; a store may then hit nothing and fault, which is
 * counted. With {@link Lifetime#NONE} nothing is held, so step 3 fails and the audit finds the damage, as intended.
 *
 * <p>The gate is one word: bit 30 means open, the bits below count the rivals inside. All accesses are volatile: {@code
 * close} then {@code isEmpty} against {@code enter} is decided by the one word.
 */
final class RivalGate {

    private static final int OPEN = 1 << 30;

    private final AtomicInteger word = new AtomicInteger();
    private final AtomicInteger turns = new AtomicInteger();

    /** Opens the gate, which must be closed and empty. For the copier, when a chunk's frames are held. */
    void open() {
        turns.set(0);
        if (!word.compareAndSet(0, OPEN)) {
            throw new IllegalStateException("gate opened while 0x" + Integer.toHexString(word.get()));
        }
    }

    /** Closes the gate: no rival may enter any more. For the copier. */
    void close() {
        word.getAndUpdate(now -> now & ~OPEN);
    }

    /** Whether the gate is closed and the last rival has left. For the copier. */
    boolean isEmpty() {
        return word.get() == 0;
    }

    /** Enters the gate if it is open, and returns whether it did; the rival must {@link #leave} then. */
    boolean enter() {
        for (int now = word.get(); (now & OPEN) != 0; now = word.get()) {
            if (word.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Leaves the gate; {@code replaced} is true if the window's pages were certainly taken away. */
    void leave(boolean replaced) {
        if (replaced) {
            turns.incrementAndGet();
        }
        word.decrementAndGet();
    }

    /** Whether the gate is open and no rival has had its turn since it was opened. */
    boolean wantsTurn() {
        return (word.get() & OPEN) != 0 && turns.get() == 0;
    }

    /** The number of turns taken after the gate was opened. */
    int turns() {
        return turns.get();
    }
}
