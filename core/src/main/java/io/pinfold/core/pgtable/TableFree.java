package io.pinfold.core.pgtable;

import io.pinfold.core.memory.frame.MemoryCore;

/**
 * Tables that were unlinked and still have to be handed to the retired list. Owned by one operation. A closed memory
 * throws MemoryClosedException.
 *
 * <p>The protocol, SLOT against RETIRE, is in the Javadoc of {@link io.pinfold.core.epoch.WalkerSlots} (shape: store
 * buffering). The code that takes a table out does RETIRE1, a volatile read-modify-write on the entry above;
 * {@link #finish} advances the epoch and stamps the chain (RETIRE2); later steps issue the heavy fence (RETIRE3), scan
 * the slots (RETIRE4), poison and free (RETIRE5). Must not happen: a walker finds the entry of before RETIRE1, and
 * reads the table after RETIRE5.
 */
public final class TableFree {
    private final MemoryCore memory;
    private long chain;
    private int size;
    private boolean endsSpace;

    public TableFree(MemoryCore memory) {
        this.memory = memory;
    }

    /** Takes over a table that no entry points to any more (RETIRE1 is done). */
    void add(long table) {
        chain = memory.retired().link(table, chain);
        size++;
    }

    /** Takes over the root of a space, which the control block no longer names. */
    public void addRoot(long root) {
        add(root);
        endsSpace = true;
    }

    /** Takes over a table that was put by for a leaf which is gone. */
    public void addDeposit(long table) {
        add(table);
    }

    public int size() {
        return size;
    }

    /**
     * Hands the tables over (RETIRE2) and frees the tables that no walk can read by now (RETIRE3 to RETIRE5): those of
     * a space that ends at once, others when enough of them wait.
     */
    public void finish() {
        if (chain != 0) {
            memory.retired().retire(chain);
            chain = 0;
            size = 0;
        }
        int _ = endsSpace ? memory.retired().step() : memory.retired().stepWhenDue();
    }
}
