package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * A {@link Cpu} stores through the page tables while the mapping changes: it is unmapped and the frame handed out
 * again, or it becomes read-only. The mutator's flush waits for the access (FLUSH1 to FLUSH3 against CPU1 to CPU5), so
 * that a store takes effect before munmap or mprotect returns, or faults. Its dirty bit is not lost.
 */
public final class CpuVsUnmapScenario extends ProtocolScenario {
    private static final long DATA = 42;

    public CpuVsUnmapScenario() {
        super("cpu-vs-unmap", "-", "a store of a Cpu against munmap and the frame's next owner: never into his frame",
                () -> new Store(Store.UNMAP));
        require("STORED, FREED", "FAULT, FREED");
    }

    /** The permission is taken away; the mutator reads the final data afterwards. */
    public static final class Protect extends ProtocolScenario {

        public Protect() {
            super("cpu-vs-protect", "-",
                    "a store of a Cpu against mprotect: not after it has returned, and the dirty bit stays",
                    () -> new Store(Store.PROTECT));
            require("STORED, SAW_DATA", "FAULT, SAW_NOTHING");
        }
    }

    /** The page is poisoned, and the poisoning thread reads the data afterwards. */
    public static final class Poison extends ProtocolScenario {

        public Poison() {
            super("cpu-vs-poison", "-", "a store of a Cpu against MADV_HWPOISON: not after it has returned",
                    () -> new Store(Store.POISON));
            require("STORED, SAW_DATA", "FAULT, SAW_NOTHING");
        }
    }

    /** A huge leaf is split because half of it is unmapped; the store goes to the half that stays. */
    public static final class Split extends ProtocolScenario {

        public Split() {
            super("cpu-vs-leaf-split", "R3", "a store through a huge leaf against its split: the dirty bit stays",
                    () -> new Store(Store.SPLIT));
            require("STORED, SPLIT");
        }
    }

    private static final class Store extends ScenarioWorld {
        static final int UNMAP = 0;
        static final int PROTECT = 1;
        static final int SPLIT = 2;
        static final int POISON = 3;

        private final int what;
        private final Cpu cpu;
        private final long pfn;
        private final int born;
        private final long content;
        private long reused;

        Store(int what) {
            super("cpu", "mutator");
            this.what = what;
            if (what == SPLIT) {
                mapHuge(BASE);
            } else {
                map(BASE, 2);
            }
            pfn = frameAt(BASE);
            born = generation(pfn);
            content = core.frameAddress(pfn);
            cpu = space.openCpu();
            int level = what == SPLIT ? Geometry.PMD : Geometry.PTE;
            if (what != POISON) {
                clean(BASE, level);
            } // otherwise the bits are set, and the access leaves no trace in the entry
            watchEntry(BASE, level);
            watchPage("page", pfn);
            watch("cpu.slot", Peek.word(cpu, "slot", "wordNumber"), Shown.LONG);
            watch("content", content, Shown.LONG);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            reused = 0;
        }

        @Override
        String play(int strand) {
            if (strand != 0) {
                return change();
            }
            try {
                cpu.storeLong(BASE, DATA);
                return "STORED";
            } catch (SegmentationFault e) {
                return "FAULT";
            }
        }

        private String change() {
            if (what == PROTECT || what == POISON) {
                int result = what == PROTECT
                        ? space.mprotect(BASE, PAGE, Prot.READ)
                        : space.madvise(BASE, PAGE, AddressSpace.MADV_HWPOISON);
                mustBe(result == 0, "mprotect or madvise", result);
                return Words.getLong(content) == DATA ? "SAW_DATA" : "SAW_NOTHING"; // FLUSH4: no store is left
            }
            if (what == SPLIT) {
                munmap(BASE + 2 * PAGE, 2);
                return "SPLIT";
            }
            munmap(BASE, 1);
            reused = allocate();
            Words.setLong(content, 0); // the next owner's, by plain stores
            return "FREED";
        }

        @Override
        void settle() {
            boolean stored = said(0, "STORED");
            long found = Words.getLongVolatile(content);
            if (what == UNMAP) {
                check("I5", reused == pfn, "the allocator gave frame " + reused + ": the test is blind");
                check("I5", found == 0, "the store landed in the frame's next owner");
                check("I2", space.entryAt(BASE) == Entry.NONE, "an entry that was taken out is back");
                checkPage(pfn, 1, born, 1);
                return;
            }
            check("I1", what == SPLIT || stored == said(1, "SAW_DATA"), "a store landed after the call had returned");
            check("I2", found == (stored ? DATA : 0), "the page holds " + found);
            boolean dirty = Entry.isDirty(space.entryAt(BASE)) || PageFlags.test(record(pfn), PageFlags.DIRTY);
            check("I2", !stored || dirty || what == POISON, "the page was stored to and is clean");
        }
    }
}
