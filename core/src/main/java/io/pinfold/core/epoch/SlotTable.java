package io.pinfold.core.epoch;

import io.pinfold.core.words.Align;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.util.Objects;

/**
 * Control blocks of one size in native memory, found by scanning: chunks of 64 with a bitmap of those in use, so that
 * the cost of a scan depends on the blocks in use, not on all that ever were.
 *
 * <p>{@link #acquire} and {@link #release} are called under one lock of the owner. Scans take no lock: a block whose
 * bit a scan finds clear was acquired after that load in the total order of volatile accesses, hence after everything
 * the scanning thread did before the scan (see WalkerSlots, SLOT1). Blocks are never unmapped while the arena is
 * reachable.
 */
public final class SlotTable {
    /** Blocks of a chunk: the bits of one bitmap word. */
    public static final int CHUNK_SLOTS = Long.SIZE;

    private static final int MAX_CHUNKS = 1024;
    private static final int CHUNK_COUNT = 0;
    private static final int DIRECTORY = 128;
    private static final int ENTRY_BYTES = 16;
    private static final int ENTRY_ADDRESS = 0;
    private static final int ENTRY_BITMAP = 8;

    private final Arena arena;
    private final String what;
    private final int slotBytes;
    private final long control;

    /**
     * An empty table.
     *
     * @param arena gives the chunks; an automatic arena, kept reachable by this table
     * @param what whose blocks they are, in the plural, for messages
     * @param slotBytes bytes of a block, a multiple of 128 and more than 0
     */
    public SlotTable(Arena arena, String what, int slotBytes) {
        if (slotBytes <= 0 || slotBytes % Align.NO_SHARING_BYTES != 0) {
            throw new IllegalArgumentException("slotBytes = " + slotBytes + " is not a positive multiple of "
                    + Align.NO_SHARING_BYTES);
        }
        this.arena = arena;
        this.what = what;
        this.slotBytes = slotBytes;
        this.control = ControlMemory.allocate(arena, "directory of " + what,
                DIRECTORY + (long) MAX_CHUNKS * ENTRY_BYTES, 128).address();
    }

    /** Whether {@link #acquire} would find a block. */
    public boolean hasRoom() {
        int chunks = chunks();
        boolean hasRoom = chunks < MAX_CHUNKS;
        for (int chunk = 0; chunk < chunks && !hasRoom; chunk++) {
            hasRoom = bitmap(chunk) != -1L;
        }
        return hasRoom;
    }

    /**
     * Starts a collection for blocks whose owners were dropped, if there is no room. The caller does not hold the lock
     * of the owner.
     */
    public void makeRoom() {
        if (!hasRoom()) {
            Dropped.collect(this::hasRoom);
        }
    }

    /**
     * Acquires a free block, with the bytes its last owner left; zero when it is new.
     *
     * @throws IllegalStateException if {@code 65536} blocks are in use
     */
    public long acquire() {
        int chunks = chunks();
        for (int chunk = 0; chunk < chunks; chunk++) {
            long bitmap = bitmap(chunk);
            if (bitmap != -1L) {
                return take(chunk, Long.numberOfTrailingZeros(~bitmap));
            }
        }
        if (chunks == MAX_CHUNKS) {
            throw new IllegalStateException("a memory has room for " + MAX_CHUNKS * CHUNK_SLOTS + " " + what
                    + ", all in use: close those that are done");
        }
        long address = ControlMemory.allocate(arena, what, (long) CHUNK_SLOTS * slotBytes, 128).address();
        Words.setLongVolatile(entry(chunks) + ENTRY_ADDRESS, address);
        Words.setIntVolatile(control + CHUNK_COUNT, chunks + 1);
        return take(chunks, 0);
    }

    private long take(int chunk, int bit) {
        long _ = Words.getAndBitwiseOrLong(entry(chunk) + ENTRY_BITMAP, 1L << bit); // SLOT1
        return slot(chunk, bit);
    }

    /**
     * Gives a block back.
     *
     * @throws IllegalArgumentException if it is no block of this table that is in use
     */
    public void release(long slot) {
        int chunks = chunks();
        for (int chunk = 0; chunk < chunks; chunk++) {
            long offset = slot - Words.getLongVolatile(entry(chunk) + ENTRY_ADDRESS);
            if (offset >= 0 && offset < (long) CHUNK_SLOTS * slotBytes && offset % slotBytes == 0) {
                long bit = 1L << (offset / slotBytes);
                if ((Words.getAndBitwiseAndLong(entry(chunk) + ENTRY_BITMAP, ~bit) & bit) != 0) {
                    return;
                }
            }
        }
        throw new IllegalArgumentException("0x" + Long.toHexString(slot) + " is no block of the " + what
                + " that is in use");
    }

    /** Number of chunks; volatile. */
    public int chunks() {
        return Words.getIntVolatile(control + CHUNK_COUNT);
    }

    /**
     * Which blocks of a chunk are in use; volatile.
     *
     * @throws IndexOutOfBoundsException if no table has such a chunk
     */
    public long bitmap(int chunk) {
        return Words.getLongVolatile(entry(chunk) + ENTRY_BITMAP);
    }

    /**
     * Address of a block.
     *
     * @throws IndexOutOfBoundsException if there is no such chunk, or {@code bit} is not in 0..63
     */
    public long slot(int chunk, int bit) {
        long address = Words.getLongVolatile(entry(chunk) + ENTRY_ADDRESS);
        if (address == 0) {
            throw new IndexOutOfBoundsException("chunk " + chunk + " of the " + what + " is not there");
        }
        return address + (long) Objects.checkIndex(bit, CHUNK_SLOTS) * slotBytes;
    }

    /** The name of what a thread that waits for a block waits for. */
    @Override
    public String toString() {
        return "a free block among those of " + MAX_CHUNKS * CHUNK_SLOTS + " " + what;
    }

    private long entry(int chunk) {
        return control + DIRECTORY + (long) Objects.checkIndex(chunk, MAX_CHUNKS) * ENTRY_BYTES;
    }
}
