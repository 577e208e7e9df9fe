package io.pinfold.core.memory.handle;

import io.pinfold.core.memory.frame.MemoryCore;
import java.lang.foreign.Arena;

/**
 * The seam where checked memory keeps every hold by handle with its kind and its thread, to report a release of another
 * holder's hold and to end views with the hold they were made under. The shipped class keeps nothing.
 */
public final class HoldLedger {
    private HoldLedger() {
    }

    /** Called after a hold was taken: by {@code allocate} and tryGet a get, by tryPin a pin. */
    public static void taken(MemoryCore memory, long handle, boolean pinned) {
        // nothing to keep
    }

    /**
     * Called before a hold is given back.
     *
     * @throws io.pinfold.core.gup.MisuseException if it is another holder's
     */
    static void requireHeld(MemoryCore memory, long handle, String what, boolean pinned) {
        // nothing is known
    }

    /** Called after a hold was given back. */
    public static void givenBack(MemoryCore memory, long handle, boolean pinned) {
        // nothing was kept
    }

    /** The arena that a view of the frame lives in: the caller's. */
    public static Arena arenaOfView(MemoryCore memory, long handle, Arena arena) {
        return arena;
    }
}
