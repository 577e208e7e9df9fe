package io.pinfold.jcstress.explore.search;

import java.lang.foreign.Arena;
import org.agrona.collections.LongArrayList;

/** Where the words of explored locks lie. A run that makes locks gets the same words for them in every run. */
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

    /** Whether a word is a lock's. */
    static boolean has(long address) {
        for (int i = 0; i < CHUNKS.size(); i++) {
            long chunk = CHUNKS.getLong(i);
            if (address - chunk >= 0 && address - chunk < CHUNK_BYTES) {
                return true;
            }
        }
        return false;
    }

    /** What to hand to {@link #reset}. */
    static long mark() {
        if (end - next < CHUNK_BYTES / 2) {
            next = end; // so that a run need not begin a chunk
            next();
            next -= Long.BYTES;
        }
        return next;
    }

    /** Words handed out since the mark belong to nobody any more. */
    static void reset(long mark) {
        if (mark > next || next > end || end - mark > CHUNK_BYTES) {
            throw new IllegalStateException("a run has made more locks than there is room for");
        }
        next = mark;
    }
}
