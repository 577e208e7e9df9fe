package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.Backing;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.memory.Op.Kind;
import io.pinfold.jcstress.explore.memory.Op.Mode;
import io.pinfold.jcstress.explore.memory.ScMemory;
import org.jspecify.annotations.Nullable;

/**
 * Where the explored {@code Words}, {@code Waits} and locks of core post their accesses. Inside a strand an access waits for
 * the scheduler; outside, in set-up and final checks, it is done at once on the real words, and undone before the next run.
 * Strands all run on the searching thread, so which one runs is a plain static.
 */
public final class Gate {
    static @Nullable Strand current;

    /** The words of the search that is on; without one, nothing is undone. */
    private static Backing backing = new Backing();
    private static boolean searching;
    private static ScMemory direct = new ScMemory(backing);
    private static final Op OP = new Op();

    private Gate() {
    }

    /** An access in an access mode; the result is the value read or found, 0 for a store or fence. */
    public static long access(Kind kind, Mode mode, int bytes, long address, long a, long b) {
        if ((address & (bytes - 1)) != 0) {
            throw new IllegalArgumentException(
                    "misaligned access to " + bytes + " bytes at 0x" + Long.toHexString(address));
        }
        Strand strand = current;
        if (strand != null) {
            return strand.access(kind, mode, bytes, address, a, b, 0);
        }
        return outside(kind, mode, bytes, address, a, b);
    }

    /** Takes a lock: adds {@code delta} to its word once none of the bits of {@code mask} is set; the result is the value found. */
    public static long lock(long word, long mask, long delta) {
        Strand strand = current;
        if (strand != null) {
            return strand.access(Kind.ADD, Mode.VOLATILE, Long.BYTES, word, delta, mask, mask);
        }
        if ((peek(word) & mask) != 0) {
            throw new IllegalStateException("a lock is held, and outside of strands nobody will give it back");
        }
        return outside(Kind.ADD, Mode.VOLATILE, Long.BYTES, word, delta, 0);
    }

    /** The newest value of a long, for assertions: no access, and not ordered with any. */
    public static long peek(long address) {
        return backing.get(address, Long.BYTES);
    }

    /** A word for a lock. */
    public static long newLockWord() {
        return LockWords.next();
    }

    /** From now on everything outside of strands is done through the words of a search, which undoes it. */
    static void open(Backing words) {
        if (searching) {
            throw new IllegalStateException("a search is on already");
        }
        searching = true;
        backing = words;
        direct = new ScMemory(words);
    }

    /** The search is over. */
    static void close() {
        searching = false;
        backing = new Backing();
        direct = new ScMemory(backing);
    }

    private static long outside(Kind kind, Mode mode, int bytes, long address, long a, long b) {
        if (kind == Kind.WAIT && backing.get(address, bytes) == a) {
            throw new IllegalStateException("a wait that nobody will end: outside of strands there is nobody else");
        }
        long result = direct.perform(0, OP.set(kind, mode, bytes, address, a, b), 0);
        if (!searching) {
            backing.keep();
        }
        return result;
    }
}
