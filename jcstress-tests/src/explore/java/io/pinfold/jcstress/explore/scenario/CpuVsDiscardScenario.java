package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * MADV_DONTNEED against a store. Both hold mmap_lock shared, so only the lock of the table and the flush separate them.
 * The store is on the discarded page or on the fresh one of its fault, and on no other. The entry is accessed and dirty
 * already, so no compareAndSet of its bits corrects a read of it that came too early (CPU2); cpu-vs-unmap begins with a
 * clean one.
 */
public final class CpuVsDiscardScenario extends ProtocolScenario {

    public CpuVsDiscardScenario() {
        super("cpu-vs-discard", "R19",
                "the store of a Cpu against MADV_DONTNEED and the frame's next owner: before it, or on a fresh page",
                Page::new);
        require("STORED, GONE", "STORED, DISCARDED");
    }

    private static final class Page extends ScenarioWorld {
        private static final long OLD = 0x01D;
        private static final long BY_CPU = 0xC0;
        private static final long BY_CUSTOMER = 0xC1;

        private final Cpu cpu = space.openCpu();
        private final long pfn;
        private final int born;
        private final long content;
        private long reused;

        Page() {
            super("cpu", "adviser");
            map(BASE, 2); // the neighbour keeps the tables
            stockSingleFrames(3);
            pfn = frameAt(BASE);
            born = generation(pfn);
            content = core.frameAddress(pfn);
            cpu.storeLong(BASE + Long.BYTES, OLD);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            watch("content", content, Shown.LONG);
            watch("cpu.slot", Peek.word(cpu, "slot", "wordNumber"), Shown.LONG);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            reused = 0;
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                cpu.storeLong(BASE, BY_CPU); // CPU1 to CPU5
                return "STORED";
            }
            int result = space.madvise(BASE, PAGE, AddressSpace.MADV_DONTNEED); // ZAP1 to ZAP5
            mustBe(result == 0, "madvise", result);
            reused = allocate();
            Words.setLong(core.frameAddress(reused), BY_CUSTOMER);
            return "DISCARDED";
        }

        @Override
        void settle() {
            check("I5", generation(pfn) == born + 1, "the page was freed " + (generation(pfn) - born) + " times");
            long customers = Words.getLongVolatile(core.frameAddress(reused));
            check("I5", customers == BY_CUSTOMER, "a Cpu stored to a frame of another owner");
            long now = frameAt(BASE);
            if (now == 0) {
                says(1, "GONE");
                return;
            }
            check("I1", now != reused, "the customer's frame is mapped");
            check("I1", Words.getLongVolatile(core.frameAddress(now)) == BY_CPU, "the store is lost");
            check("I1", Words.getLongVolatile(core.frameAddress(now) + Long.BYTES) == 0, "the old data came back");
            checkPage(now, 1, generation(now), 0);
        }
    }
}
