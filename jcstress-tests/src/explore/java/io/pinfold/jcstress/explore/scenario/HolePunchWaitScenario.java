package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.hwmodel.device.DaxFile;
import io.pinfold.hwmodel.device.ZoneDevice;

/**
 * R14, the waiting half: a hole is punched while a block is pinned. The puncher waits for the unpin, which does not
 * permit it to free the block (M27): meanwhile another thread pins the block again, through an entry that a fault has
 * installed anew.
 */
public final class HolePunchWaitScenario extends ProtocolScenario {

    public HolePunchWaitScenario() {
        super("hole-punch-wait", "R14",
                "DaxFile.punchHole over a pinned block against unpin and a pin that faults: it waits, and looks again",
                Punch::new);
        require("UNPINNED, PUNCHED, AFTER", "UNPINNED, PUNCHED, BEFORE");
    }

    private static final class Punch extends ScenarioWorld {
        private final ZoneDevice device;
        private final DaxFile file;
        private final long block;
        private final PageBatch<Hold.Pin> own = memory.newPageBatch(1);

        Punch() {
            super(MemoryOptions.UNIT_BYTES, "holder", "puncher", "other");
            device = ZoneDevice.plug(memory, DevPagemapType.FS_DAX, DevPagemaps.GRANULE_FRAMES);
            file = new DaxFile(device, 1);
            long mapped = space.mmap(BASE, PAGE, Prot.READ | Prot.WRITE, MapFlags.SHARED | MapFlags.FIXED,
                    file.object(), 0);
            mustBe(mapped == BASE, "mmap", mapped);
            int n = space.pinUserPagesUnlocked(BASE, 1, GupOptions.WRITE, batch);
            mustBe(n == 1, "pinUserPagesUnlocked", n);
            block = frameAt(BASE);
            watchEntry(BASE, Geometry.PTE);
            watchPage("block", block);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                int _ = memory.unpinUserPages(batch);
                return "UNPINNED";
            }
            if (strand == 1) {
                file.punchHole(0, 1); // PUNCH1 to PUNCH4
                return "PUNCHED";
            }
            int n = session().pinUserPagesFast(space, BASE, 1, GupOptions.WRITE, own);
            mustBe(n == 1, "pinUserPagesFast", n);
            boolean before = own.pfn(0) == block;
            check("I8", device.isBusy(own.pfn(0)), "the block was freed under a pin");
            int _ = memory.unpinUserPages(own);
            return before ? "BEFORE" : "AFTER";
        }

        @Override
        void settle() {
            check("I8", said(2, "AFTER") == (device.busyPages() == 1), device.busyPages() + " blocks are in use");
            checkPage(block, 1, generation(block), 0);
        }
    }
}
