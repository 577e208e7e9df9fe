package io.pinfold.hwmodel.copy;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Says when a rival may store through a window's addresses. Unmapping, mapping again and protecting need no gate: they take
 * a page away, and a pin must live with that. A store is another matter, since a store into a page that is still mapped
 * <em>and</em> in flight would change the data rightfully, and the copy would be wrong without any bug.
 *
 * <p>Why stores inside the gate never reach a frame in flight:
 * <ol>
 * <li>The copier opens the gate only after all frames of the chunk are held, and does not pin in this window again before
 * the gate was closed and everybody left it ({@link #isEmpty}).
 * <li>A rival stores only after it entered the open gate <em>and then</em> replaced the whole window itself (munmap and mmap,
 * mmap over it, or MADV_DONTNEED). The replacement clears every entry that existed and waits for CPU accesses under way.
 * <li>So what the window maps at the store was faulted in after 2., hence allocated after the chunk's frames were held:
 * it is none of them, as a held frame is not free; and none of another window's, for the same reason.
 * </ol>
 * Replacements by other rivals in between only make 3. true again; a store may then hit nothing and fault, which is counted.
 * With {@link Lifetime#NONE} nothing is held, step 3 fails, and the damage shows: that is the point of it.
 *
 * <p>The word: bit 30 open, below it the number of rivals inside. Volatile throughout: {@code close} then {@code isEmpty}
 * against {@code enter} is decided by the one word.
 */
final class RivalGate {

    private static final int OPEN = 1 << 30;

    private final AtomicInteger word = new AtomicInteger();
    private final AtomicInteger turns = new AtomicInteger();

    /** Copier: a chunk's frames are held. The gate must be closed and empty. */
    void open() {
        turns.set(0);
        if (!word.compareAndSet(0, OPEN)) {
            throw new IllegalStateException("gate opened while 0x" + Integer.toHexString(word.get()));
        }
    }

    /** Copier: nobody may enter any more. */
    void close() {
        word.getAndUpdate(now -> now & ~OPEN);
    }

    /** Copier: closed, and the last rival has left. */
    boolean isEmpty() {
        return word.get() == 0;
    }

    /** Rival: answers whether it is inside now; if so, it must {@link #leave}. */
    boolean enter() {
        for (int now = word.get(); (now & OPEN) != 0; now = word.get()) {
            if (word.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Rival: done; {@code replaced} tells whether the window's pages were certainly taken away. */
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

    /** Turns taken since the gate was opened. */
    int turns() {
        return turns.get();
    }
}
