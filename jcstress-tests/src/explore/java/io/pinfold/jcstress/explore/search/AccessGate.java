package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.BackingWords;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.memory.Op.Kind;
import io.pinfold.jcstress.explore.memory.Op.Mode;
import io.pinfold.jcstress.explore.memory.ScMemory;
import org.jspecify.annotations.Nullable;

/**
 * The gate at which the explored {@code Words}, {@code Waits} and locks of core post their accesses. Inside a strand an
 * access waits for the scheduler; outside, in set-up and final checks, it is done at once on the real words, and undone
 * before the next run. All strands run on the searching thread, so a plain static names the running one.
 *
 * <p>Other threads, such as the one that cleans up unreachable batches, wait until no search is on: their accesses
 * would differ from run to run.
 */
public final class AccessGate {
    static @Nullable Strand current;

    /** The thread that searches; null when no search is on. */
    private static volatile @Nullable Thread searcher;
    /** The words of the search that is on; without one, nothing is undone. */
    private static BackingWords backing = new BackingWords();
    private static ScMemory direct = ScMemory.unkeyed(backing);
    private static final Op OP = new Op();

    private AccessGate() {
    }

    /** Makes an access in an access mode; returns the value read or found, 0 for a store or fence. */
    public static long access(Kind kind, Mode mode, int bytes, long address, long a, long b) {
        if ((address & (bytes - 1)) != 0) {
            throw new IllegalArgumentException(
                    "misaligned access to " + bytes + " bytes at 0x" + Long.toHexString(address));
        }
        Strand strand = current;
        if (strand != null && strand.isRunning()) {
            return strand.access(kind, mode, bytes, address, a, b, 0);
        }
        return outside(kind, mode, bytes, address, a, b, 0);
    }

    /**
     * Takes a lock: adds {@code delta} to its word once none of the bits of {@code mask} is set; returns the value
     * found.
     */
    public static long lock(long word, long mask, long delta) {
        Strand strand = current;
        if (strand != null && strand.isRunning()) {
            return strand.access(Kind.ADD, Mode.VOLATILE, Long.BYTES, word, delta, mask, mask);
        }
        return outside(Kind.ADD, Mode.VOLATILE, Long.BYTES, word, delta, mask, mask);
    }

    /** Reads the newest value of a long, for assertions: this is no access, and not ordered with any. */
    public static long peek(long address) {
        return backing.get(address, Long.BYTES);
    }

    /** Returns a word for a lock. */
    public static long newLockWord() {
        return LockWords.next();
    }

    /** Begins a search: from now on its words perform, and later undo, all accesses outside of strands. */
    static synchronized void open(BackingWords words) {
        if (searcher != null) {
            throw new IllegalStateException("a search is on already");
        }
        backing = words;
        direct = ScMemory.unkeyed(words);
        searcher = Thread.currentThread();
    }

    /** Ends the search. */
    static synchronized void close() {
        backing = new BackingWords();
        direct = ScMemory.unkeyed(backing);
        searcher = null;
        AccessGate.class.notifyAll();
    }

    private static long outside(Kind kind, Mode mode, int bytes, long address, long a, long b, long mask) {
        if (searcher == Thread.currentThread()) {
            return perform(kind, mode, bytes, address, a, b, mask);
        }
        synchronized (AccessGate.class) {
            awaitNoSearch();
            long result = perform(kind, mode, bytes, address, a, b, mask);
            backing.keep();
            return result;
        }
    }

    private static synchronized void awaitNoSearch() {
        boolean interrupted = false;
        while (searcher != null) {
            try {
                AccessGate.class.wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static long perform(Kind kind, Mode mode, int bytes, long address, long a, long b, long mask) {
        if (kind == Kind.WAIT && backing.get(address, bytes) == a
                || mask != 0 && (backing.get(address, bytes) & mask) != 0) {
            throw new IllegalStateException("a wait without end: outside of strands no other thread runs");
        }
        return direct.perform(0, OP.set(kind, mode, bytes, address, a, b), 0);
    }
}
