package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.fastpath.kernel.FastGup;
import org.junit.jupiter.api.Test;

/**
 * A directory of huge entries, two pages each, put in place of a lowest table by hand: nothing in the library makes
 * one. In a geometry that has directories the walk goes through it; in any other it is an entry that is not present.
 */
class HugePdTest {

    private static final int PAGE = Machine.PAGE;
    private static final int WRITE = FollFlags.FOLL_WRITE | FollFlags.FOLL_FAST_ONLY;
    private static final int SHIFT = Geometry.PAGE_SHIFT + 1;
    private static final long LEAF = Entry.PRESENT | Entry.USER | Entry.WRITE | Entry.ACCESSED | Entry.DIRTY
            | Entry.HUGE;

    @Test
    void aDirectoryOfHugeEntries() {
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(4)) {
            long area = Geometry.levelBytes(Geometry.PMD);
            // two areas of one table of tables: the second is touched, so that the first has its upper entry
            long start = machine.map(4 * Geometry.ENTRIES, Prot.READ_WRITE) + 2 * area - 1 & -(2 * area);
            machine.cpu.storeLong(start + area, 1);
            long upper = machine.entryAddress(start, Geometry.PMD);
            assertThat(Entries.load(upper)).isEqualTo(Entry.NONE);

            long table = Bridge.core(machine.memory).blocks().allocateTable(machine.space.id(), Geometry.PTE, start);
            long[] folios = {Bridge.core(machine.memory).blocks().allocate(1, Blocks.NORMAL),
                    Bridge.core(machine.memory).blocks().allocate(1, Blocks.NORMAL)};
            long entries = Bridge.core(machine.memory).frameAddress(table);
            for (int i = 0; i < folios.length; i++) {
                Entries.store(entries + ((long) i << Geometry.ENTRY_SHIFT), Entry.make(folios[i], LEAF));
            }
            Entries.store(upper, NonPresent.makeHugepd(table, SHIFT));

            for (int from = 0; from < 4; from++) {
                for (int n = 1; from + n <= 4; n++) {
                    pin(machine, batch, start, from, n, folios);
                }
            }
            if (Geometry.HUGEPD) {
                // the second entry is refused: the first one's pages stay
                Entries.exchange(entries + (1L << Geometry.ENTRY_SHIFT), Entry.NONE);
                assertThat(FastGup.pinUserPagesFast(machine.session, machine.space, start, 4, WRITE, batch))
                        .isEqualTo(2);
                machine.memory.unpinUserPages(batch);
            }

            Entries.exchange(upper, Entry.NONE);
            Bridge.core(machine.memory).blocks().freeTable(table);
            FreeBatch freed = new FreeBatch(Bridge.core(machine.memory));
            for (long folio : folios) {
                assertThat(machine.refs(folio)).isOne();
                Grab.putReferences(Bridge.core(machine.memory), folio, 1, freed);
            }
            freed.drain();
        }
    }

    private static void pin(Machine machine, PageBatch<Hold.Pin> batch, long start, int from, int n, long[] folios) {
        long before = machine.fallBacks(FallBack.NONE_PRESENT);
        int got = FastGup.pinUserPagesFast(machine.session, machine.space, start + (long) from * PAGE, n, WRITE, batch);
        if (!Geometry.HUGEPD) {
            assertThat(got).isZero();
            assertThat(machine.fallBacks(FallBack.NONE_PRESENT)).isEqualTo(before + 1);
            return;
        }
        assertThat(got).isEqualTo(n);
        int[] held = new int[folios.length];
        for (int i = 0; i < n; i++) {
            int page = from + i;
            assertThat(batch.pfn(i)).isEqualTo(folios[page / 2] + page % 2);
            held[page / 2]++;
        }
        for (int i = 0; i < folios.length; i++) {
            assertThat(machine.refs(folios[i])).isEqualTo(1 + held[i]);
        }
        machine.memory.unpinUserPages(batch);
    }
}
