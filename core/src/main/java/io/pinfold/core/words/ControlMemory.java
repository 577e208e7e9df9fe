package io.pinfold.core.words;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Where control words come from: slots, counters, states, registries; everything that is neither a frame nor a record. Zeroed, and
 * mapped as long as the arena is reachable.
 *
 * <p>One method and not a call of the arena wherever somebody needs a few words, because tests put another class of this name in
 * front: the checked form knows by it what is control memory, where it ends and when it died.
 */
public final class ControlMemory {
    private ControlMemory() {
    }

    /**
     * Allocates zeroed control words.
     *
     * @param arena     whose life they have; an automatic arena, so that a late user meets a word and not a crash
     * @param what      what they are, for messages
     * @param bytes     size
     * @param alignment a power of two, at least 8
     */
    public static MemorySegment allocate(Arena arena, String what, long bytes, long alignment) {
        return arena.allocate(bytes, alignment);
    }
}
