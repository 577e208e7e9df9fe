package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.core.mm.SharedMemory;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Words;

/**
 * A store through a shared mapping that munmap takes away, while writeback (opponent) cleans the page. The dirty bit
 * goes from the entry to the page (ZAP2). A thread that finds the entry gone under the table's lock meets no store any
 * more (ZAP3), so no data is lost.
 */
public final class CpuVsZapSharedScenario extends ProtocolScenario {

    public CpuVsZapSharedScenario() {
        super("cpu-vs-unmap-shared", "R30",
                "a store of a Cpu against munmap of shared memory and writeback (opponent): written back, or still dirty",
                Page::new);
        require("STORED, UNMAPPED, CLEANED", "STORED, UNMAPPED, MAPPED", "FAULT, UNMAPPED, CLEANED",
                "FAULT, UNMAPPED, MAPPED");
    }

    private static final class Page extends ScenarioWorld {
        private static final long DATA = 42;

        private final Cpu cpu = space.openCpu();
        private final SharedMemory object;
        private final long pfn;
        private final long table;
        private final long pte;
        private final long content;
        private long saved;

        Page() {
            super("cpu", "unmapper", "writeback");
            map(BASE + PAGE, 1); // keeps the tables
            object = SharedMemory.create(memory, PAGE);
            long mapped = space.mmap(BASE, PAGE, Prot.READ | Prot.WRITE, MapFlags.SHARED | MapFlags.FIXED, object, 0);
            mustBe(mapped == BASE, "mmap", mapped);
            cpu.storeLong(BASE, 0);
            clean(BASE, Geometry.PTE);
            pfn = frameAt(BASE);
            table = tableAt(BASE, Geometry.PTE);
            pte = entryAddress(BASE, Geometry.PTE);
            content = core.frameAddress(pfn);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            watch("content", content, Shown.LONG);
            watch("cpu.slot", Peek.word(cpu, "slot", "wordNumber"), Shown.LONG);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            saved = 0;
        }

        @Override
        String play(int strand) {
            if (strand == 1) {
                munmap(BASE, 1); // ZAP1 to ZAP5
                return "UNMAPPED";
            }
            return strand == 0 ? store() : cleanPage();
        }

        private String store() {
            try {
                cpu.storeLong(BASE, DATA);
                return "STORED";
            } catch (SegmentationFault e) {
                return "FAULT";
            }
        }

        private String cleanPage() {
            PageTables.lock(core, table);
            boolean isGone = Entries.load(pte) == Entry.NONE;
            if (isGone) {
                long _ = PageFlags.clear(record(pfn), PageFlags.DIRTY);
                saved = Words.getLong(content);
            }
            PageTables.unlock(core, table);
            return isGone ? "CLEANED" : "MAPPED";
        }

        @Override
        void settle() {
            boolean stored = said(0, "STORED");
            long found = Words.getLongVolatile(content);
            check("I1", found == (stored ? DATA : 0), "the page holds " + found);
            boolean dirty = PageFlags.test(record(pfn), PageFlags.DIRTY);
            check("I2", !stored || dirty || saved == DATA, "the data is neither written back nor dirty");
            check("I2", space.entryAt(BASE) == Entry.NONE, "an entry that was taken out is back");
            checkPage(pfn, 1, generation(pfn), 0);
        }
    }
}
