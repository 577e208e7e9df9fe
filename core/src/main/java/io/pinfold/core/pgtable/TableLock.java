package io.pinfold.core.pgtable;

import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;

/**
 * The lock of one table: a word in the record of its frame (the mapcount field, which a table does not use).
 *
 * <pre>
 *   0 free   1 held   2 held, and a thread may be waiting
 *
 *   taker:  LOCK1 compareAndSet 0 -> 1: done
 *           LOCK2 else getAndSet 2; was 0: done; else wait while the word is 2, again LOCK2
 *   holder: UNLOCK1 getAndSet 0; was 2: wake all
 * </pre>
 *
 * <p>A taker that came through LOCK2 leaves a 2 behind although no thread may be waiting any more, which costs one
 * needless wake-up. Storing 1 there would lose the waiters that still sleep. Not re-entrant. The table must not be
 * freed meanwhile: holders hold mmap_lock, and tables are freed with mmap_lock held exclusively. Takes a raw address
 * and checks nothing: the caller keeps the memory from closing by an address space or another
 * {@link io.pinfold.core.memory.frame.Use}.
 */
public final class TableLock {
    private static final int FREE = 0;
    private static final int HELD = 1;
    private static final int CONTENDED = 2;

    private TableLock() {
    }

    /** Takes the lock of the table whose record lies at {@code record}; waits for it. */
    public static void lock(long record) {
        long word = record + PageLayout.TABLE_LOCK;
        if (Words.compareAndSetInt(word, FREE, HELD)) { // LOCK1
            return;
        }
        while (Words.getAndSetInt(word, CONTENDED) != FREE) { // LOCK2
            Waits.whileEqualsInt(word, CONTENDED, "lock of a page table");
        }
    }

    /** Takes the lock if it is free now. */
    public static boolean tryLock(long record) {
        return Words.compareAndSetInt(record + PageLayout.TABLE_LOCK, FREE, HELD); // LOCK1
    }

    public static void unlock(long record) {
        long word = record + PageLayout.TABLE_LOCK;
        if (Words.getAndSetInt(word, FREE) == CONTENDED) { // UNLOCK1
            Waits.wakeAll(word);
        }
    }

    /** Whether it is held: for assertions and dumps. */
    public static boolean isHeld(long record) {
        return Words.getIntVolatile(record + PageLayout.TABLE_LOCK) != FREE;
    }
}
