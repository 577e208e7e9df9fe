package io.pinfold.core.words;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The allocation of control words: slots, counters, states, registries; everything that is neither a frame nor a
 * record. Zeroed, and mapped as long as the arena is reachable.
 *
 * <p>All code that needs a few words calls this one method and not the arena, because tests put another class of this
 * name in front: from it the checked form learns what is control memory, where it ends and when it was unmapped.
 */
public final class ControlMemory {
    private ControlMemory() {
    }

    /**
     * Allocates zeroed control words.
     *
     * @param arena     the arena whose life they have; an automatic arena, so that a late user reads a word
     *                  instead of crashing
     * @param what      what they are, for messages
     * @param bytes     size
     * @param alignment a power of two, at least 8
     */
    public static MemorySegment allocate(Arena arena, String what, long bytes, long alignment) {
        return arena.allocate(bytes, alignment);
    }
}
