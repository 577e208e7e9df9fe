package io.pinfold.jcstress.support;

import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;

/**
 * A table of empty entries of the shipping library, below an upper entry that lies in no other table. For one state.
 */
public final class LinkedTable {
    private final Machine machine = Machine.claim();
    private final long upper = machine.scratch();
    private final RetiredTable table;

    /** Allocates the table and links it. */
    public LinkedTable() {
        long pfn = machine.allocateTable(Geometry.PTE, Machine.BASE);
        table = new RetiredTable(pfn);
        Entries.store(upper, Entry.makeTable(pfn));
    }

    /** Address of the upper entry. */
    public long upper() {
        return upper;
    }

    /** Unlinks and retires the table; as {@link RetiredTable#freeOrDefer}. */
    public String unlink() {
        Entries.exchange(upper, Entry.NONE); // RETIRE1
        table.retire(); // RETIRE2
        return table.freeOrDefer(); // RETIRE3 to RETIRE5
    }

    /** Ends the state, for the arbiter: gives the machine back; as {@link RetiredTable#settle}. */
    public String end() {
        String freed = table.settle();
        machine.giveBack();
        return freed;
    }
}
