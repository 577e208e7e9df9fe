package io.pinfold.jcstress.explore.search;

import java.lang.foreign.Arena;
import org.agrona.collections.LongArrayList;

/** The native words of explored locks. Every run gets the same words for the locks that it makes. */
final class LockWords {
    private static final long CHUNK_BYTES = 64 << 10;

    private static long next;
    private static long end;
    private static final LongArrayList CHUNKS = new LongArrayList();

    private LockWords() {
    }

    /** A zeroed word that no other lock has. */
    static long next() {
        if (next == end) {
            next = Arena.global().allocate(CHUNK_BYTES, Long.BYTES).address();
            end = next + CHUNK_BYTES;
            CHUNKS.addLong(next);
        }
        next += Long.BYTES;
        return next - Long.BYTES;
    }

    /** Whether a word belongs to a lock. */
    static boolean has(long address) {
        for (int i = 0; i < CHUNKS.size(); i++) {
            long chunk = CHUNKS.getLong(i);
            if (address - chunk >= 0 && address - chunk < CHUNK_BYTES) {
                return true;
            }
        }
        return false;
    }

    /** A mark for {@link #reset}. */
    static long mark() {
        if (end - next < CHUNK_BYTES / 2) {
            next = end; // so that a run need not begin a chunk of memory
            next();
            next -= Long.BYTES;
        }
        return next;
    }

    /** Takes back the words handed out after the mark. */
    static void reset(long mark) {
        if (mark > next || next > end || end - mark > CHUNK_BYTES) {
            throw new IllegalStateException("a run has made more locks than there is room for");
        }
        next = mark;
    }
}
