package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * Two processors of one space store to the same page that is not there yet. Both faults run under mmap_lock shared; one
 * of them installs its page, or its chain of tables, and the other gives its own back (I2). Both stores are on the one
 * page.
 */
public final class FaultVsFaultScenario extends ProtocolScenario {

    public FaultVsFaultScenario() {
        super("fault-vs-fault", "-", "two stores to a page that is not there: one page, and both stores are on it",
                () -> new Stores(false));
        require("STORED, STORED");
    }

    /** The table is missing, too. */
    public static final class Table extends ProtocolScenario {

        public Table() {
            super("fault-vs-fault-table", "-", "the same where the page table is missing: one chain is published whole",
                    () -> new Stores(true));
            require("STORED, STORED");
        }
    }

    /** One frame is free for both faults. */
    public static final class LastFrame extends ProtocolScenario {

        public LastFrame() {
            super("fault-vs-fault-last-frame", "-",
                    "two stores to an absent page, and one frame: neither fails for lack of frames",
                    () -> new OneFrame(false));
            require("STORED, STORED");
        }
    }

    /** The zero page is mapped, and one frame is free for both copies. */
    public static final class LastFrameForACopy extends ProtocolScenario {

        public LastFrameForACopy() {
            super("fault-vs-fault-last-copy", "-",
                    "two stores to the zero page, and one frame: neither fails for lack of frames",
                    () -> new OneFrame(true));
            require("STORED, STORED");
        }
    }

    private static final class OneFrame extends ScenarioWorld {
        private final Cpu[] cpus = {space.openCpu(), space.openCpu()};

        OneFrame(boolean isZeroPageThere) {
            super("first", "second");
            map(BASE, 1); // keeps the tables
            long mapped = space.mmap(BASE + PAGE, PAGE, Prot.READ | Prot.WRITE,
                    MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
            mustBe(mapped == BASE + PAGE, "mmap", mapped);
            if (isZeroPageThere) {
                mustBe(cpus[0].loadLong(mapped) == 0, "load", mapped);
            }
            watchEntry(BASE + PAGE, Geometry.PTE);
            leaveOneFrame();
            built();
        }

        private void leaveOneFrame() {
            long last = allocate();
            for (long pfn = last; pfn > 0; pfn = core.blocks().allocate(0, Blocks.MOVABLE_FIRST)) {
                last = pfn;
            }
            mustBe(put(last), "put", last);
        }

        @Override
        String play(int strand) {
            try {
                cpus[strand].storeLong(BASE + PAGE + (long) strand * Long.BYTES, strand + 1L);
                return "STORED";
            } catch (OutOfFramesException e) {
                return "OUT";
            }
        }

        @Override
        void settle() {
            long pfn = frameAt(BASE + PAGE);
            check("I3", said(0, "STORED") && said(1, "STORED"), "a fault failed for lack of frames");
            long content = core.frameAddress(pfn);
            check("I1", Words.getLongVolatile(content) == 1, "the first store is lost");
            check("I1", Words.getLongVolatile(content + Long.BYTES) == 2, "the second store is lost");
            checkPage(pfn, 1, generation(pfn), 0);
        }
    }

    private static final class Stores extends ScenarioWorld {
        private static final long BY_FIRST = 0xC1;
        private static final long BY_SECOND = 0xC2;

        private final Cpu[] cpus = {space.openCpu(), space.openCpu()};
        private final long address;
        private final long freeBefore;
        private final boolean isTableMissing;

        Stores(boolean isTableMissing) {
            super("first", "second");
            this.isTableMissing = isTableMissing;
            address = isTableMissing ? BASE + TABLE : BASE + PAGE;
            map(BASE, 1); // keeps the upper tables
            long mapped = space.mmap(address, PAGE, Prot.READ | Prot.WRITE,
                    MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
            mustBe(mapped == address, "mmap", mapped);
            if (isTableMissing) {
                watchEntry(BASE, Geometry.PMD);
            } else {
                watchEntry(address, Geometry.PTE);
            }
            stockSingleFrames(3);
            freeBefore = freeFrames();
            built();
        }

        /** Free frames of every kind, including those that only tables can have. */
        private long freeFrames() {
            VmStat stat = memory.vmStat();
            return stat.freeFrames() + stat.freeTableFrames();
        }

        @Override
        String play(int strand) {
            cpus[strand].storeLong(address + (long) strand * Long.BYTES, strand == 0 ? BY_FIRST : BY_SECOND);
            return "STORED";
        }

        @Override
        void settle() {
            long pfn = frameAt(address);
            long content = core.frameAddress(pfn);
            check("I1", Words.getLongVolatile(content) == BY_FIRST, "the first store is lost");
            check("I1", Words.getLongVolatile(content + Long.BYTES) == BY_SECOND, "the second store is lost");
            checkPage(pfn, 1, generation(pfn), 0);
            long taken = freeBefore - freeFrames();
            check("I3", taken == (isTableMissing ? 2 : 1), "the two faults took " + taken + " frames");
        }
    }
}
