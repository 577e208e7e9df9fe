package io.pinfold.core.memory;

import io.pinfold.core.memory.zone.MemoryMap;

/**
 * How large a physical memory is and how it is divided. Sizes are bytes and multiples of {@value #UNIT_BYTES}.
 *
 * @param ramBytes RAM, at least 8 MiB for each node
 * @param movableBytes the part of the RAM in ZONE_MOVABLE; at least 8 MiB for each node stay in ZONE_NORMAL
 * @param deviceBytes the window for device memory, 0 for none
 * @param nodes 1 to {@value #MAX_NODES}
 */
public record MemoryOptions(long ramBytes, long movableBytes, long deviceBytes, int nodes) {
    /** Every size is a multiple of this: the largest block of the allocator, 4 MiB. */
    public static final long UNIT_BYTES = MemoryMap.UNIT_BYTES;
    /** RAM and device memory together: 4 TiB. */
    public static final long MAX_BYTES = 4L << 40;
    /** Most nodes. */
    public static final int MAX_NODES = MemoryMap.MAX_NODES;
    /** Least RAM in ZONE_NORMAL for each node. */
    public static final long MIN_NORMAL_BYTES = 2 * UNIT_BYTES;

    /** Checks everything. */
    public MemoryOptions {
        requireSize("ramBytes", ramBytes);
        requireSize("movableBytes", movableBytes);
        requireSize("deviceBytes", deviceBytes);
        if (ramBytes + deviceBytes > MAX_BYTES) {
            throw new IllegalArgumentException("ramBytes = " + ramBytes + " and deviceBytes = " + deviceBytes
                    + " are together more than " + MAX_BYTES);
        }
        if (nodes < 1 || nodes > MAX_NODES) {
            throw new IllegalArgumentException("nodes = " + nodes + " is not in 1.." + MAX_NODES);
        }
        long least = nodes * MIN_NORMAL_BYTES;
        if (ramBytes < least) {
            throw new IllegalArgumentException(
                    "ramBytes = " + ramBytes + " is less than the " + least + " needed for " + nodes + " node(s)");
        }
        if (ramBytes - movableBytes < least) {
            throw new IllegalArgumentException("movableBytes = " + movableBytes + " of ramBytes = " + ramBytes
                    + " leaves less than the " + least + " of ZONE_NORMAL needed for " + nodes + " node(s)");
        }
    }

    private static void requireSize(String name, long bytes) {
        if (bytes < 0 || bytes > MAX_BYTES || bytes % UNIT_BYTES != 0) {
            throw new IllegalArgumentException(
                    name + " = " + bytes + " is not a multiple of " + UNIT_BYTES + " in 0.." + MAX_BYTES);
        }
    }

    /**
     * RAM in one node, all of it ZONE_NORMAL, no device memory.
     *
     * @param bytes RAM in bytes
     * @return the options
     * @throws IllegalArgumentException if {@code bytes} is not a multiple of 4 MiB or less than 8 MiB
     */
    public static MemoryOptions ofRam(long bytes) {
        return new MemoryOptions(bytes, 0, 0, 1);
    }

    /**
     * The same with {@code bytes} of the RAM in ZONE_MOVABLE.
     *
     * @param bytes size of ZONE_MOVABLE in bytes, a multiple of {@value #UNIT_BYTES}
     * @return new options
     * @throws IllegalArgumentException if the sizes do not fit; the message has both numbers
     */
    public MemoryOptions withMovableBytes(long bytes) {
        return new MemoryOptions(ramBytes, bytes, deviceBytes, nodes);
    }

    /**
     * The same with a window of {@code bytes} for device memory, which starts at a multiple of 1 GiB.
     *
     * @param bytes size of the window in bytes, a multiple of {@value #UNIT_BYTES}
     * @return new options
     * @throws IllegalArgumentException if the sizes do not fit; the message has both numbers
     */
    public MemoryOptions withDeviceBytes(long bytes) {
        return new MemoryOptions(ramBytes, movableBytes, bytes, nodes);
    }

    /**
     * The same with the RAM divided among {@code count} nodes.
     *
     * @param count 1 to {@value #MAX_NODES}
     * @return new options
     * @throws IllegalArgumentException if {@code count} is out of range, or a node gets too little RAM
     */
    public MemoryOptions withNodes(int count) {
        return new MemoryOptions(ramBytes, movableBytes, deviceBytes, count);
    }
}
