package io.pinfold.jcstress.support;

import io.pinfold.core.pgtable.Geometry;

/**
 * Pages of the shipping library that fill a page table of their own, which munmap unlinks and retires. For one state.
 */
public final class UnmappedTable {
    private static final long ADDRESS = Machine.BASE;
    private static final int PAGES = Geometry.ENTRIES;
    /** Keeps the upper tables: building them would take most of the time. */
    private static final long NEIGHBOUR = ADDRESS + 2L * PAGES * Machine.PAGE;

    private final Machine machine = Machine.claim();
    private final RetiredTable table;

    /** Maps the pages. */
    public UnmappedTable() {
        machine.furnish(NEIGHBOUR, 1);
        machine.map(ADDRESS, PAGES);
        table = new RetiredTable(machine.tableAt(ADDRESS, Geometry.PTE));
    }

    /** Gets all pages, as {@link Walker#get}. */
    public String walk() {
        return Walker.get(machine, ADDRESS, PAGES); // SLOT2 to SLOT6
    }

    /** munmap of all pages; as {@link RetiredTable#freeOrDefer}. */
    public String unmap() {
        machine.unmap(ADDRESS, PAGES); // RETIRE1 RETIRE2
        return table.freeOrDefer(); // RETIRE3 to RETIRE5
    }

    /** Ends the state, for the arbiter: gives pages and machine back; as {@link RetiredTable#settle}. */
    public String end() {
        if (machine.batch().isHeld()) { // The walk may have got a part of the range.
            Machine.memory().putPages(machine.gets());
        }
        String freed = table.settle();
        machine.giveBack();
        return freed;
    }
}
