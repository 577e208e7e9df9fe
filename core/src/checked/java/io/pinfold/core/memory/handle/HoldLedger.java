package io.pinfold.core.memory.handle;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.frame.MemoryCore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * The checked form: keeps every hold by handle with its kind and its thread. A release throws if all holds of its kind
 * were given back before, and names the threads that did; also if its thread has holds of the other kind only, which is
 * a put for a pin. A view ends with the holds of the thread that made it, so an access that comes later throws. A
 * thread that has none may give back the hold of another: that is how completions work.
 */
public final class HoldLedger {
    private static final Map<MemoryCore, Map<Long, HeldFrame>> HELD = new WeakHashMap<>(); // guarded by itself

    private static final Thread ANOTHER = new Thread();

    private HoldLedger() {
    }

    public static void taken(MemoryCore memory, long handle, boolean pinned) {
        synchronized (HELD) {
            HELD.computeIfAbsent(memory, _ -> new HashMap<>()).computeIfAbsent(handle, _ -> new HeldFrame())
                    .taken(pinned);
        }
    }

    static void requireHeld(MemoryCore memory, long handle, String what, boolean pinned) {
        synchronized (HELD) {
            HeldFrame frame = HELD.getOrDefault(memory, Map.of()).get(handle);
            if (frame != null) { // null: of a life that is over, which the release sees itself
                frame.requireHeld(handle, what, pinned);
            }
        }
    }

    public static void givenBack(MemoryCore memory, long handle, boolean pinned) {
        synchronized (HELD) {
            Map<Long, HeldFrame> frames = HELD.getOrDefault(memory, Map.of());
            HeldFrame frame = frames.get(handle);
            if (frame != null && frame.givenBack(pinned)) {
                frames.remove(handle);
            }
        }
    }

    /** An arena that ends with the caller's or with the caller's holds, whichever is first. */
    @SuppressWarnings("restricted")
    public static Arena arenaOfView(MemoryCore memory, long handle, Arena arena) {
        MemorySegment outer = MemorySegment.ofAddress(memory.frameAddress(FrameHandle.pfn(handle)));
        boolean isConfined = !outer.reinterpret(1, arena, null).isAccessibleBy(ANOTHER);
        Arena inner = isConfined ? Arena.ofConfined() : Arena.ofShared();
        MemorySegment _ = outer.reinterpret(1, arena, _ -> HeldFrame.end(inner));
        synchronized (HELD) {
            HeldFrame frame = HELD.getOrDefault(memory, Map.of()).get(handle);
            if (frame != null) {
                frame.viewed(inner);
            }
        }
        return inner;
    }
}
