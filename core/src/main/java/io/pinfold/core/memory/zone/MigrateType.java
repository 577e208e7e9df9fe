package io.pinfold.core.memory.zone;

/** The use of a pageblock (512 frames): the word in the pageblock table. */
public final class MigrateType {
    /** Frames that stay where they are; long-term pins. */
    public static final int UNMOVABLE = 0;
    /** Frames that can be moved. */
    public static final int MOVABLE = 1;
    /** Frames that can be reclaimed. */
    public static final int RECLAIMABLE = 2;
    /** Reserve for allocations that cannot wait. */
    public static final int HIGHATOMIC = 3;
    /** Lent to movable pages until a device needs it: not long-term pinnable. */
    public static final int CMA = 4;
    /** Being emptied: not long-term pinnable, nothing is allocated from it. */
    public static final int ISOLATE = 5;
    /** Page tables, permanently: never a user frame, so that no stray device write can reach a table. */
    public static final int TABLE = 6;
    /** Number of types. */
    public static final int COUNT = 7;

    private static final String[] NAMES = {"UNMOVABLE", "MOVABLE", "RECLAIMABLE", "HIGHATOMIC", "CMA", "ISOLATE",
            "TABLE"};

    private MigrateType() {
    }

    /** Name for messages; also of numbers that are no type. */
    public static String nameOf(int type) {
        return type >= 0 && type < NAMES.length ? NAMES[type] : "migrate type " + type;
    }
}
