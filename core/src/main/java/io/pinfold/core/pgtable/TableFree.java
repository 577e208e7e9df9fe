package io.pinfold.core.pgtable;

import io.pinfold.core.memory.PhysicalMemory;

/**
 * Tables that were unlinked and still have to be handed to the retired list. Owned by one operation. A closed memory throws
 * IllegalStateException.
 *
 * <p><b>Protocol WALK vs TABLE FREE</b> (shape: store buffering).
 * <pre>
 *   walker:  W1 enter the slot with the epoch (volatile RMW)  W2 load entries from the root down (volatile)
 *            W3 read the table  W4 leave the slot (release)
 *   freer:   F1 unlink the table (volatile RMW on the entry above)  F2 retire: advance the epoch, stamp the chain
 *            F3 later: scan all slots (volatile)  F4 none up to the stamp: poison and free
 *   must not happen: W2 sees the entry of before F1, and W3 comes after F4
 * </pre>
 */
public final class TableFree {
    private final PhysicalMemory memory;
    private long chain;
    private int size;

    public TableFree(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** Takes over a table that no entry points to any more (F1 is done). */
    void add(long table) {
        chain = memory.retired().link(table, chain);
        size++;
    }

    /** Takes over the root of a space, which the control block no longer names. */
    public void addRoot(long root) {
        add(root);
    }

    /** Takes over a table that was put by for a leaf which is gone. */
    public void addDeposit(long table) {
        add(table);
    }

    public int size() {
        return size;
    }

    /** Hands the tables over (F2) and frees what walkers have left behind by now (F3, F4). */
    public void finish() {
        if (chain != 0) {
            memory.retired().retire(chain);
            chain = 0;
            size = 0;
        }
        int _ = memory.retired().step();
    }
}
