package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * Publication (step INSTALL2): a fault fills a page and its record, or a table, and stores the entry that leads to it,
 * while a walk reads it. The frame had another owner before and is full of its data; the table's frame is poisoned. A
 * walk that finds the entry finds everything below it complete.
 */
public final class PinVsInstallScenario extends ProtocolScenario {

    public PinVsInstallScenario() {
        super("pin-vs-install", "-",
                "a pin against the fault that brings the page: zeros and its record before the entry",
                () -> new Install(0));
        require("PINNED, FAULTED", "NONE_PRESENT, FAULTED");
    }

    /** The table is missing, too. */
    public static final class Table extends ProtocolScenario {

        public Table() {
            super("pin-vs-install-table", "-",
                    "a pin against the fault that brings page and table: no walk of a half-built table",
                    () -> new Install(TABLE_BYTES));
            require("PINNED, FAULTED", "NONE_PRESENT, FAULTED");
        }
    }

    private static final long TABLE_BYTES = ScenarioWorld.TABLE;

    private static final class Install extends ScenarioWorld {
        private static final long GARBAGE = 0x6172_6261_6765_2121L;

        private final long address;
        private final long pfn;
        private final long content;
        private final PageBatch<Hold.Pin> faulted = memory.newPageBatch(1);

        Install(long offset) {
            super("walker", "faulter");
            map(BASE, 1);
            address = BASE + PAGE + offset;
            long mapped = space.mmap(address, PAGE, Prot.READ | Prot.WRITE,
                    MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
            mustBe(mapped == address, "mmap", mapped);
            long table = core.blocks().allocateTable(space.id(), Geometry.PTE, 0);
            core.blocks().freeTable(table);
            pfn = allocate();
            content = core.frameAddress(pfn);
            Words.setLongVolatile(content, GARBAGE);
            Words.setLongVolatile(record(pfn) + PageLayout.MAPPING, MappingWord.SECRET);
            boolean free = put(pfn);
            mustBe(free, "put", pfn);
            watch("content", content, Shown.LONG);
            watch("pmd", entryAddress(BASE, Geometry.PMD) + (offset == 0 ? 0 : Long.BYTES), Shown.ENTRY);
            watch("pte", (offset == 0 ? entryAddress(BASE, Geometry.PTE) : core.frameAddress(table)) + Long.BYTES,
                    Shown.ENTRY);
            watchPage("page", pfn);
            watch("page.mapping", record(pfn) + PageLayout.MAPPING, Shown.LONG);
            built();
        }

        @Override
        String play(int strand) {
            if (strand != 0) {
                int n = space.pinUserPagesUnlocked(address, 1, GupOptions.WRITE, faulted);
                return n == 1 ? "FAULTED" : "GOT_" + n;
            }
            String end = pin(address, 1);
            if ("PINNED".equals(end)) {
                check("I1", Words.getLong(content) == 0, "the page's zeros are not there yet");
                long mapping = Words.getLongVolatile(record(pfn) + PageLayout.MAPPING);
                check("I1", MappingWord.isAnonymous(mapping), "the page's mapping word is " + mapping);
                check("I6", PageFlags.test(record(pfn), PageFlags.ANON_EXCLUSIVE), "the page is not exclusive yet");
            }
            return end;
        }

        @Override
        void settle() {
            check("I1", frameAt(address) == pfn, "the fault took another frame: the test is blind");
            checkPage(pfn, 1 + BIAS + (said(0, "PINNED") ? BIAS : 0), generation(pfn), 0);
            release();
            int _ = memory.unpinUserPages(faulted);
            checkPage(pfn, 1, generation(pfn), 0);
        }
    }
}
