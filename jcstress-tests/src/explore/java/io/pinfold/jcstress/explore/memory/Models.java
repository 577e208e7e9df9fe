package io.pinfold.jcstress.explore.memory;

import io.pinfold.jcstress.explore.Mode;

/** The memory model of each mode. */
public final class Models {
    private Models() {
    }

    /** A new memory of that mode over the real words; where there are views, data races are violations. */
    public static MemoryModel of(Mode mode, BackingWords backing) {
        return of(mode, backing, true);
    }

    /** The same, without a race check: for programs that race on purpose. */
    public static MemoryModel unchecked(Mode mode, BackingWords backing) {
        return of(mode, backing, false);
    }

    private static MemoryModel of(Mode mode, BackingWords backing, boolean checked) {
        return switch (mode) {
            case SC -> new ScMemory(backing);
            case TSO -> BufferMemory.tso(backing);
            case PSO -> BufferMemory.pso(backing);
            case VIEW -> new ViewMemory(backing, checked, true);
        };
    }
}
