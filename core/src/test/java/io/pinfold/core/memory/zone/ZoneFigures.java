package io.pinfold.core.memory.zone;

/** Makes the figures of a zone wrong, which only its allocator writes otherwise. */
public final class ZoneFigures {
    private ZoneFigures() {
    }

    public static void addListed(Zone zone, long frames) {
        zone.addListed(frames);
    }

    public static void addAllocated(Zone zone, long frames) {
        zone.addAllocated(frames);
    }

    public static void addTables(Zone zone, long frames) {
        zone.addTables(frames);
    }
}
