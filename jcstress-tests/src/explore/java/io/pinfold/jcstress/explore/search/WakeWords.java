package io.pinfold.jcstress.explore.search;

import java.lang.foreign.Arena;
import org.agrona.collections.Long2LongHashMap;

/**
 * The wake-up counters: for each word with waits or wake-ups a second word counts the wake-ups. A waiter continues when
 * the counter changes, not when the word itself does. The counters outlive searches, so that every run has the same
 * ones.
 */
public final class WakeWords {
    private static final Long2LongHashMap WORDS = new Long2LongHashMap(0);
    private static final Arena ARENA = Arena.global();

    private WakeWords() {
    }

    /** The counter of the word at an address. */
    public static synchronized long of(long address) {
        return WORDS.computeIfAbsent(address, any -> ARENA.allocate(Long.BYTES, Long.BYTES).address());
    }
}
