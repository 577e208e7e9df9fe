package io.pinfold.jcstress.explore.search;

import java.lang.foreign.Arena;
import org.agrona.collections.Long2LongHashMap;

/**
 * For each word that somebody waits on or wakes up at, a word that counts the wake-ups: a waiter that has found nothing goes on when it
 * changes, and not when the word itself does. They outlive searches, so that the words of a run are those of the next.
 */
public final class WakeWords {
    private static final Long2LongHashMap WORDS = new Long2LongHashMap(0);
    private static final Arena ARENA = Arena.global();

    private WakeWords() {
    }

    /** The word for an address. */
    public static synchronized long of(long address) {
        return WORDS.computeIfAbsent(address, any -> ARENA.allocate(Long.BYTES, Long.BYTES).address());
    }
}
