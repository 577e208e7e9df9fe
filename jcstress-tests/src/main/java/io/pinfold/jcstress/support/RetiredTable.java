package io.pinfold.jcstress.support;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.RetiredTables;

/** A page table of the shipping library that is retired while a walker may be in it. For one state. */
public final class RetiredTable {
    private final long table;
    private final int born;

    /** For the table in a frame. */
    public RetiredTable(long table) {
        this.table = table;
        this.born = Machine.generation(table);
    }

    /** The tables that wait for their walkers. */
    public static RetiredTables retired() {
        return Bridge.core(Machine.memory()).retired();
    }

    /** Retires it, after it was unlinked. */
    public void retire() {
        retired().retire(retired().link(table, 0)); // RETIRE2
    }

    /** Frees all tables that no walker is in any more: FREED, or DEFERRED when this table has to wait. */
    public String freeOrDefer() {
        retired().step(); // RETIRE3 to RETIRE5
        return Machine.generation(table) == born ? "DEFERRED" : "FREED";
    }

    /** Frees the rest, when all walkers have left: FREED_n for how often this table was freed. */
    public String settle() {
        retired().step();
        return "FREED_" + (Machine.generation(table) - born);
    }
}
