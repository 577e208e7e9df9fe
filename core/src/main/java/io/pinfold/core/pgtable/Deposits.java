package io.pinfold.core.pgtable;

import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Words;

/**
 * PTE tables put by for the split of a leaf (pgtable_trans_huge_deposit). Code that maps a page by a leaf that may have
 * to be split later deposits a table with it, so that the split cannot fail for want of one. {@link Entry#DEPOSITED} in
 * an entry marks that there is one for it.
 *
 * <p>The tables hang on the record of the table that holds the leaves, last in, first out; which one a leaf gets does
 * not matter, all are empty. Everything here under the lock of that table. A closed memory throws
 * MemoryClosedException.
 */
public final class Deposits {
    private Deposits() {
    }

    /**
     * An empty PTE table for a deposit, not linked anywhere yet: {@code Blocks.freeTable} gives it back.
     *
     * @return its frame, or -ENOMEM
     */
    public static long allocate(MemoryCore memory, long mmId, long address) {
        return PageTables.allocate(memory, mmId, Geometry.PTE, Geometry.tableBase(address, Geometry.PTE));
    }

    /** Puts {@code deposit} by for a leaf that is about to be installed in {@code table}. */
    public static void add(MemoryCore memory, long table, long deposit) {
        long head = memory.recordAddress(table) + PageLayout.TABLE_DEPOSIT;
        Words.setLongOpaque(memory.recordAddress(deposit) + PageLayout.TABLE_DEPOSIT, Words.getLongOpaque(head));
        Words.setLongOpaque(head, deposit);
    }

    /**
     * Takes out the deposit of the leaf at {@code address}, which has been taken out of {@code table} or is about to be
     * split.
     *
     * @return an empty PTE table for that address. It may have been walked before it was put by, so it is freed through
     *         {@link TableFree}
     * @throws MemoryModelError if there is none, which is an error of the library
     */
    public static long take(MemoryCore memory, long table, long address) {
        long head = memory.recordAddress(table) + PageLayout.TABLE_DEPOSIT;
        long deposit = Words.getLongOpaque(head);
        if (deposit == 0) {
            throw new MemoryModelError("no table is deposited for the leaf at 0x" + Long.toHexString(address));
        }
        long record = memory.recordAddress(deposit);
        Words.setLongOpaque(head, Words.getLongOpaque(record + PageLayout.TABLE_DEPOSIT));
        Words.setLongOpaque(record + PageLayout.TABLE_DEPOSIT, 0);
        Words.setLongOpaque(record + PageLayout.TABLE_BASE, Geometry.tableBase(address, Geometry.PTE));
        return deposit;
    }

    /** Number of tables put by for the leaves in {@code table}: for audits. */
    public static int count(MemoryCore memory, long table) {
        int count = 0;
        long at = table;
        while (true) {
            at = Words.getLongOpaque(memory.recordAddress(at) + PageLayout.TABLE_DEPOSIT);
            if (at == 0) {
                return count;
            }
            count++;
        }
    }
}
