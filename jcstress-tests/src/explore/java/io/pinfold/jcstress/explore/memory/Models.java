package io.pinfold.jcstress.explore.memory;

import io.pinfold.jcstress.explore.Mode;

/** The memory model of each mode. */
public final class Models {
    private Models() {
    }

    /** A new memory of that mode over the real words. */
    public static MemoryModel of(Mode mode, Backing backing) {
        return switch (mode) {
            case SC -> new ScMemory(backing);
            case TSO -> BufferMemory.tso(backing);
            case PSO -> BufferMemory.pso(backing);
            case VIEW -> new ViewMemory(backing, true, true);
        };
    }
}
