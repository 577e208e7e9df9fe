package io.pinfold.core.memory.zone;

import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.page.Orders;
import io.pinfold.core.words.Align;

/**
 * The map from pfn to kind of memory: RAM from pfn 0, node after node, each ZONE_NORMAL then ZONE_MOVABLE; then a hole
 * up to the next multiple of 1 GiB; then the device window. Zone and node of a frame follow from its pfn alone, by one
 * look-up per block of 1024.
 *
 * <pre>
 * 0        node 0                  node 1                ramFrames      (1 GiB aligned)   frames
 * | NORMAL ... tables | MOVABLE | NORMAL ... tables | MOVABLE |   HOLE   |     DEVICE     |
 * </pre>
 */
public final class MemoryMap {
    /** Frames of the unit that every part is a multiple of: the allocator's largest block. */
    public static final int UNIT_FRAMES = 1 << Orders.MAX;
    /** The same in bytes. */
    public static final long UNIT_BYTES = (long) UNIT_FRAMES << Align.PAGE_SHIFT;
    /** Most nodes. */
    public static final int MAX_NODES = 8;

    private static final int UNIT_SHIFT = Orders.MAX;
    private static final int KIND_BITS = 2;
    private static final ZoneKind[] KINDS = ZoneKind.values();

    private final long ramBytes;
    private final int nodes;
    private final long ramFrames;
    private final long deviceStart;
    private final long frames;
    private final long[] nodeStart;
    private final long[] movableStart;
    private final byte[] places; // by unit: node and kind

    /**
     * A map of these sizes, each a multiple of {@link #UNIT_BYTES}, with at least two units of ZONE_NORMAL for each
     * node.
     */
    public MemoryMap(long ramBytes, long movableBytes, long deviceBytes, int nodes) {
        this.ramBytes = ramBytes;
        this.nodes = nodes;
        int ramUnits = units(ramBytes);
        int movableUnits = units(movableBytes);
        int deviceUnits = units(deviceBytes);
        this.ramFrames = (long) ramUnits << UNIT_SHIFT;
        long gigantic = 1L << Orders.GIGANTIC;
        this.deviceStart = deviceUnits == 0 ? ramFrames : (ramFrames + gigantic - 1) & -gigantic;
        this.frames = deviceStart + ((long) deviceUnits << UNIT_SHIFT);
        this.places = new byte[(int) (frames >>> UNIT_SHIFT)];
        this.nodeStart = new long[nodes + 1];
        this.movableStart = new long[nodes];
        int unit = 0;
        for (int node = 0; node < nodes; node++) {
            int normal = share(ramUnits - movableUnits, nodes, node);
            int movable = share(movableUnits, nodes, node);
            nodeStart[node] = (long) unit << UNIT_SHIFT;
            unit = mark(unit, normal, node, ZoneKind.NORMAL);
            movableStart[node] = (long) unit << UNIT_SHIFT;
            unit = mark(unit, movable, node, ZoneKind.MOVABLE);
        }
        nodeStart[nodes] = ramFrames;
        unit = mark(unit, (int) (deviceStart - ramFrames >>> UNIT_SHIFT), 0, ZoneKind.HOLE);
        int end = mark(unit, deviceUnits, 0, ZoneKind.DEVICE);
        assert end == places.length;
    }

    private static int units(long bytes) {
        return (int) (bytes / UNIT_BYTES);
    }

    /** The share of {@code node} in {@code total}; the first nodes get the remainder. */
    private static int share(int total, int nodes, int node) {
        return total / nodes + (node < total % nodes ? 1 : 0);
    }

    private int mark(int from, int count, int node, ZoneKind kind) {
        byte place = (byte) (node << KIND_BITS | kind.ordinal());
        for (int unit = from; unit < from + count; unit++) {
            places[unit] = place;
        }
        return from + count;
    }

    /** Bytes of RAM. */
    public long ramBytes() {
        return ramBytes;
    }

    /** Number of nodes. */
    public int nodes() {
        return nodes;
    }

    public long ramFrames() {
        return ramFrames;
    }

    /** First frame of the device window; the end of the pfn space when there is none. */
    public long deviceStart() {
        return deviceStart;
    }

    /** The end of the pfn space. */
    public long frames() {
        return frames;
    }

    public int nodeOf(long pfn) {
        return places[(int) (pfn >>> UNIT_SHIFT)] >>> KIND_BITS;
    }

    public ZoneKind zoneOf(long pfn) {
        return KINDS[places[(int) (pfn >>> UNIT_SHIFT)] & (1 << KIND_BITS) - 1];
    }

    /** First pfn of a node's ZONE_NORMAL. */
    public long normalStart(int node) {
        return nodeStart[node];
    }

    /** End of a node's ZONE_NORMAL and start of its ZONE_MOVABLE. */
    public long movableStart(int node) {
        return movableStart[node];
    }

    /** End of a node's ZONE_MOVABLE. */
    public long nodeEnd(int node) {
        return nodeStart[node + 1];
    }
}
