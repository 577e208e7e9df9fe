package io.pinfold.jmh.pool;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The pages that all pools load: every word is the stamp of the key, so a read of another page is noticed. */
public final class Pages {
    /** Bytes of a page. */
    public static final int BYTES = 4096;

    private static final long STAMP = 0x5EED_0000_0000L;
    private static final int WORDS = BYTES / Long.BYTES;
    /** What a page is made in, so that all pools get it by one copy, whatever they are to the compiler. */
    private static final ThreadLocal<long[]> SOURCE = ThreadLocal.withInitial(() -> new long[WORDS]);

    private Pages() {
    }

    /** The word that the page of a key is full of. */
    public static long stampOf(int key) {
        return STAMP + key;
    }

    /** Makes the page of a key. */
    public static void make(MemorySegment page, int key) {
        long[] source = SOURCE.get();
        Arrays.fill(source, stampOf(key));
        MemorySegment.copy(source, 0, page, ValueLayout.JAVA_LONG, 0, WORDS);
    }

    /** Fails unless a word is of the page of the key. */
    public static void check(long word, int key) {
        if (word != stampOf(key)) {
            throw new IllegalStateException("key " + key + " was asked for, and a word of the page is "
                    + Long.toHexString(word) + ", of key " + (word - STAMP));
        }
    }
}
