package io.pinfold.jcstress.explore.memory;

import io.pinfold.jcstress.explore.Mode;

/** Makes the memory model of each mode. Where nothing is reordered a heavy fence does nothing. */
public final class Models {
    private Models() {
    }

    /** Makes a new memory of a mode over the real words; with views, data races are violations. */
    public static MemoryModel of(Mode mode, BackingWords backing) {
        return of(mode, backing, true);
    }

    /** Makes a memory without a race check, for programs with deliberate races. */
    public static MemoryModel unchecked(Mode mode, BackingWords backing) {
        return of(mode, backing, false);
    }

    private static MemoryModel of(Mode mode, BackingWords backing, boolean checked) {
        return switch (mode) {
            case SC -> new ScMemory(backing);
            case TSO -> new HeavyFences(BufferMemory.tso(backing));
            case PSO -> new HeavyFences(BufferMemory.pso(backing));
            case VIEW -> new HeavyFences(new ViewMemory(backing, checked, true));
        };
    }
}
