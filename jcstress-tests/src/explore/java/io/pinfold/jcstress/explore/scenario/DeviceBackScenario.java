package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * A page that lies in private memory of a device is touched by a processor and pinned at the same time (BACK1 to BACK5
 * of DevicePrivate): it is brought back once, and both find the same page with its data.
 */
public final class DeviceBackScenario extends ProtocolScenario {

    public DeviceBackScenario() {
        super("device-page-brought-back", "R26",
                "a Cpu's load and a pin of a page in a device's private memory: brought back once, data and all",
                () -> new Page(false));
        require("PINNED, LOADED");
    }

    /** The page is discarded meanwhile, which needs only the table's lock. */
    public static final class Discard extends ProtocolScenario {

        public Discard() {
            super("device-page-discarded", "R19 R26",
                    "MADV_DONTNEED and a Cpu's load of a page in a device's private memory: what is discarded stays away",
                    () -> new Page(true));
            require("DISCARDED, LOADED", "DISCARDED, LOADED_ZERO");
        }
    }

    private static final class Page extends ScenarioWorld {
        private static final long DATA = 0xDA7A;

        private final Cpu cpu = space.openCpu();
        private final long device;
        private final boolean discards;

        Page(boolean discards) {
            super(MemoryOptions.UNIT_BYTES, discards ? "adviser" : "pinner", "cpu");
            this.discards = discards;
            map(BASE, 2);
            cpu.storeLong(BASE, DATA);
            DevPagemap pagemap = memory.pagemaps().add(DevPagemapOptions
                    .of(DevPagemapType.PRIVATE, memory.deviceStart(), DevPagemaps.GRANULE_FRAMES)
                    .withOps(new DevPagemapOps() {
                        @Override
                        public int migrateToRam(DevPagemap from, long devicePfn, long ramPfn) {
                            long data = Words.getLong(core.frameAddress(devicePfn)); // the whole content of the page
                            Words.setLong(core.frameAddress(ramPfn), data);
                            return 0;
                        }
                    }));
            device = pagemap.ranges().getFirst().firstPfn();
            stockSingleFrames(3);
            int moved = space.migrateToDevice(BASE, device);
            mustBe(moved == 0, "migrateToDevice", moved);
            watchEntry(BASE, Geometry.PTE);
            watchPage("device page", device);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 1) {
                long seen = cpu.loadLong(BASE);
                return seen == DATA ? "LOADED" : seen == 0 ? "LOADED_ZERO" : "LOADED_" + seen;
            }
            if (discards) {
                int result = space.madvise(BASE, PAGE, AddressSpace.MADV_DONTNEED);
                mustBe(result == 0, "madvise", result);
                return "DISCARDED";
            }
            int n = session().pinUserPagesFast(space, BASE, 1, GupOptions.WRITE, batch);
            return n == 1 ? "PINNED" : "GOT_" + n;
        }

        @Override
        void settle() {
            check("I3", count(device) == 1, "the device page has " + count(device) + " references");
            long pfn = frameAt(BASE);
            if (discards) {
                check("I1", pfn == 0 || pfn == memory.zeroPfn(), "frame " + pfn + " came back after it was discarded");
                return;
            }
            check("I1", batch.pfn(0) == pfn, "the pin is on frame " + batch.pfn(0) + ", mapped is " + pfn);
            check("I1", Words.getLongVolatile(core.frameAddress(pfn)) == DATA, "the data did not come back");
            checkPage(pfn, BIAS + 1, generation(pfn), 0);
            release();
            checkPage(pfn, 1, generation(pfn), 0);
        }
    }
}
