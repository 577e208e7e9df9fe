package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.gup.FollFlags;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.hwmodel.device.DaxFile;
import io.pinfold.hwmodel.device.ZoneDevice;

/**
 * R14: a block of a DAX file is pinned while a hole is punched: unmapped first, then counted, then freed. Counted first (M27) the block would
 * be the next file's under a pin.
 */
public final class PinVsHolePunch extends ProtocolScenario {

    public PinVsHolePunch() {
        super("pin-vs-hole-punch", "R14 R13",
                "a pin of a DAX block against DaxFile.tryPunchHole: never pinned and freed",
                Punch::new);
        require("PINNED, BUSY", "NONE_PRESENT, PUNCHED", "CHANGED_PTE, PUNCHED", "CHANGED_PTE, BUSY");
        allow("NONE_PRESENT, BUSY");
    }

    private static final class Punch extends ScenarioWorld {
        private final ZoneDevice device;
        private final DaxFile file;
        private final long block;

        Punch() {
            super(MemoryOptions.UNIT_BYTES, "walker", "puncher");
            device = ZoneDevice.plug(memory, DevPagemapType.FS_DAX, DevPagemaps.GRANULE_FRAMES);
            file = new DaxFile(device, 1);
            long mapped = space.mmap(BASE, PAGE, Prot.READ | Prot.WRITE, MapFlags.SHARED | MapFlags.FIXED,
                    file.object(), 0);
            mustBe(mapped == BASE, "mmap", mapped);
            int n = space.pinUserPagesUnlocked(BASE, 1, FollFlags.FOLL_WRITE, batch);
            mustBe(n == 1, "pinUserPagesUnlocked", n);
            int unused = memory.unpinUserPages(batch);
            block = frameAt(BASE);
            watchEntry(BASE, Geometry.PTE);
            watchPage("block", block);
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? pin(BASE, 1) : file.tryPunchHole(0, 1) < 0 ? "PUNCHED" : "BUSY";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I8", !pinned || device.isBusy(block), "the block was freed under a pin");
            checkPage(block, pinned ? BIAS + 1 : 1, generation(block), 0);
            release();
            checkPage(block, 1, generation(block), 0);
        }
    }
}
