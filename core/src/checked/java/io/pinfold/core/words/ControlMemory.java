package io.pinfold.core.words;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * The checked form: control words are a region of their own, which dies with its arena. Dead ones are kept back from
 * the system for a while, so that a late access is an error and not an access to foreign words.
 */
@SuppressWarnings("restricted")
public final class ControlMemory {
    private static final long QUARANTINE_BYTES = 64L << 20;

    private record Dead(ControlRegion region, Arena arena) {
    }

    private static final ArrayDeque<Dead> QUARANTINE = new ArrayDeque<>();
    private static long quarantined; // guarded by QUARANTINE

    private ControlMemory() {
    }

    /** As in the shipping form. */
    public static MemorySegment allocate(Arena arena, String what, long bytes, long alignment) {
        Arena own = Arena.ofShared();
        long address = own.allocate(bytes, alignment).address();
        ControlRegion region = region(arena, what, address, bytes);
        Regions.add(region);
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, segment -> end(region, own));
    }

    private static ControlRegion region(Arena arena, String what, long address, long bytes) {
        return switch (what) {
            case EpochRegion.WHAT -> new EpochRegion(arena, address, bytes);
            case SlotRegion.WHAT -> EpochRegion.chunk(arena, address, bytes);
            case SpaceRegion.WHAT -> new SpaceRegion(address, bytes);
            default -> new ControlRegion(what, address, bytes);
        };
    }

    private static void end(ControlRegion region, Arena own) {
        region.die(new CheckedError.Site("nothing referred to it any more; found", null));
        synchronized (QUARANTINE) {
            QUARANTINE.add(new Dead(region, own));
            quarantined += region.bytes;
            while (quarantined > QUARANTINE_BYTES) {
                Dead oldest = QUARANTINE.remove();
                quarantined -= oldest.region.bytes;
                Regions.remove(oldest.region);
                oldest.arena.close();
            }
        }
    }
}
