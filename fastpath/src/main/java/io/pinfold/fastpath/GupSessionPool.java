package io.pinfold.fastpath;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * A fixed number of sessions for any number of threads: what virtual threads use. Each call borrows a session, runs on
 * it and gives it back; when all are out it waits for one.
 *
 * <p>Costs two more atomic operations a call than a session of one's own, on a word that all users share. Results,
 * errors and misuse are those of {@link GupSession}; so are the options.
 *
 * <p>The free sessions are the set bits of one word.
 *
 * <pre>
 * Borrow                                      Give back
 * BORROW1 none set: wait while the word is 0  RETURN1 set the bit, volatile RMW
 * BORROW2 clear a bit, volatile CAS           RETURN2 the word was 0: wake all
 * </pre>
 *
 * <p>The RMWs on the one word hand a session and what its last user wrote to the next, its owner included.
 */
public final class GupSessionPool implements AutoCloseable {

    /** One bit of a word each. */
    public static final int SESSIONS_MAX = Long.SIZE;

    private final GupSession[] sessions;
    /** Keeps the word alive; automatic, so that a late user of a closed pool meets a word and not a crash. */
    private final MemorySegment block;
    private final long free;

    GupSessionPool(PhysicalMemory memory, int n) {
        if (n < 1 || n > SESSIONS_MAX) {
            throw new IllegalArgumentException("a pool holds 1 to " + SESSIONS_MAX + " sessions, not " + n);
        }
        sessions = new GupSession[n];
        block = ControlMemory.allocate(Arena.ofAuto(), "session pool", Align.NO_SHARING_BYTES,
                Align.NO_SHARING_BYTES);
        free = block.address();
        openAll(memory);
        Words.setLongVolatile(free, -1L >>> (SESSIONS_MAX - n));
    }

    /**
     * {@link GupSession#getUserPagesFast} on one of the sessions.
     *
     * @param space   the address space
     * @param address any address in the first page
     * @param pages   pages wanted, 0 to the batch's capacity
     * @param options as there
     * @param batch   an empty batch of this memory
     * @return pages obtained, or a negative errno
     */
    public int getUserPagesFast(AddressSpace space, long address, int pages, GupOptions options,
            Batch<Hold.Get> batch) {
        int borrowed = borrow();
        try {
            return lent(borrowed).getUserPagesFast(space, address, pages, options, batch);
        } finally {
            giveBack(borrowed);
        }
    }

    /**
     * {@link GupSession#pinUserPagesFast} on one of the sessions.
     *
     * @param space   the address space
     * @param address any address in the first page
     * @param pages   pages wanted, 0 to the batch's capacity
     * @param options as there
     * @param batch   an empty batch of this memory
     * @return pages obtained, or a negative errno
     */
    public int pinUserPagesFast(AddressSpace space, long address, int pages, GupOptions options,
            Batch<Hold.Pin> batch) {
        int borrowed = borrow();
        try {
            return lent(borrowed).pinUserPagesFast(space, address, pages, options, batch);
        } finally {
            giveBack(borrowed);
        }
    }

    /**
     * {@link GupSession#getUserPagesFastOnly} on one of the sessions; it may wait for a session.
     *
     * @param space   the address space
     * @param address any address in the first page
     * @param pages   pages wanted, 0 to the batch's capacity
     * @param options as there
     * @param batch   an empty batch of this memory
     * @return pages obtained, may be 0; or a negative errno
     */
    public int getUserPagesFastOnly(AddressSpace space, long address, int pages, GupOptions options,
            Batch<Hold.Get> batch) {
        int borrowed = borrow();
        try {
            return lent(borrowed).getUserPagesFastOnly(space, address, pages, options, batch);
        } finally {
            giveBack(borrowed);
        }
    }

    /**
     * {@link GupSession#pinUserPagesFastOnly} on one of the sessions; it may wait for a session.
     *
     * @param space   the address space
     * @param address any address in the first page
     * @param pages   pages wanted, 0 to the batch's capacity
     * @param options as there
     * @param batch   an empty batch of this memory
     * @return pages obtained, may be 0; or a negative errno
     */
    public int pinUserPagesFastOnly(AddressSpace space, long address, int pages, GupOptions options,
            Batch<Hold.Pin> batch) {
        int borrowed = borrow();
        try {
            return lent(borrowed).pinUserPagesFastOnly(space, address, pages, options, batch);
        } finally {
            giveBack(borrowed);
        }
    }

    /**
     * Closes the sessions, waiting for calls that run. A call that comes afterwards throws {@link MisuseException};
     * closing a second time does nothing.
     */
    @Override
    public void close() {
        StackRoom.forWalk();
        // Each session is borrowed before it is closed, so no call can be inside; then the bit is given back, so that a
        // late caller borrows a closed session and is told so instead of waiting for ever.
        for (int i = 0; i < sessions.length; i++) {
            int borrowed = borrow(i);
            try {
                lent(borrowed).close();
            } finally {
                giveBack(borrowed);
            }
        }
    }

    private void openAll(PhysicalMemory memory) {
        int opened = 0;
        try {
            while (opened < sessions.length) {
                sessions[opened] = GupSession.open(memory);
                sessions[opened].endLoan();
                opened++;
            }
        } finally {
            if (opened < sessions.length) {
                for (int i = 0; i < opened; i++) {
                    sessions[i].close();
                }
            }
        }
    }

    /** The session of a bit that the calling thread has cleared, which makes it the owner. */
    private GupSession lent(int borrowed) {
        sessions[borrowed].lend();
        return sessions[borrowed];
    }

    private int borrow() {
        StackRoom.forWalk();
        while (true) {
            long word = Words.getLongVolatile(free);
            if (word == 0) {
                Waits.whileEqualsLong(free, 0, "session of a pool"); // BORROW1
            } else if (Words.compareAndSetLong(free, word, word & (word - 1))) { // BORROW2
                return Long.numberOfTrailingZeros(word);
            }
        }
    }

    /** Borrows one particular session. */
    private int borrow(int i) {
        StackRoom.forWalk();
        while (true) {
            long word = Words.getLongVolatile(free);
            if ((word & (1L << i)) == 0) {
                // A thread that gives back wakes only when the word was 0, so this one checks the word by itself.
                Waits.pollWhileEqualsLong(free, word, "one session of a pool");
            } else if (Words.compareAndSetLong(free, word, word & ~(1L << i))) { // BORROW2
                return i;
            }
        }
    }

    private void giveBack(int borrowed) {
        sessions[borrowed].endLoan();
        if (Words.getAndBitwiseOrLong(free, 1L << borrowed) == 0) { // RETURN1
            Waits.wakeAll(free); // RETURN2
        }
        // The word must outlive the access above although the pool may be garbage after it.
        Reference.reachabilityFence(block);
    }
}
