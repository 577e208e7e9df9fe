package io.pinfold.core.words;

import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.pgtable.Entry;

/** The control block of an address space. Its root is a link to a table, as those in upper tables are. */
final class SpaceRegion extends ControlRegion {
    static final String WHAT = "control block of an address space";

    SpaceRegion(long address, long bytes) {
        super(WHAT, address, bytes);
    }

    @Override
    void after(Access access, long at, long operand, long next, long found) {
        if (access == Access.EXCHANGE && at == address + MmControl.ROOT && found != 0 && found != operand) {
            FlushLedger.exchanged(this, at, Entry.makeTable(found), operand == 0 ? 0 : Entry.makeTable(operand),
                    Words.peek(address + MmControl.ID), true);
        }
    }
}
