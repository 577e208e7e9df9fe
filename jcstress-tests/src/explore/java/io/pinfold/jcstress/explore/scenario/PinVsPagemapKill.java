package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;

/**
 * R13, R28: a device page is pinned while its device is removed. The owner forgot to unmap it, so its entry (opponent) is there all the
 * time, and only the pagemap's live reference tells the walker (M24). A reference that is not put again (M25) holds removal up for ever.
 */
public final class PinVsPagemapKill extends ProtocolScenario {

    public PinVsPagemapKill() {
        super("pin-vs-pagemap-kill", "R13 R28", "a pin of a device page against kill, step and close of its pagemap",
                Device::new);
        require("PINNED, DELAYED", "PAGEMAP, REMOVED", "PAGEMAP, DELAYED");
        allow("GRAB_ZERO, DELAYED|REMOVED");
    }

    private static final class Device extends ScenarioWorld {
        private final DevPagemap device;
        private final long pfn;
        private final int born;

        Device() {
            super(MemoryOptions.UNIT_BYTES, "walker", "owner");
            map(BASE, 1);
            device = memory.pagemaps().add(DevPagemapOptions.of(DevPagemapType.GENERIC, memory.deviceStart(),
                    DevPagemaps.GRANULE_FRAMES));
            pfn = device.ranges().getFirst().firstPfn();
            born = generation(pfn);
            long pte = entryAddress(BASE, Geometry.PTE);
            long unused = Entries.exchange(pte, Entry.make(pfn,
                    Entry.PRESENT | Entry.WRITE | Entry.USER | Entry.DEVMAP | Entry.SPECIAL));
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, 1); // D1 to D5
            }
            device.kill(); // E1 E2
            boolean done = device.step(); // E3
            if (done) {
                device.close(); // E5
            }
            return done ? "REMOVED" : "DELAYED";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I12", !pinned || said(1, "DELAYED"), "the device was removed under a pin");
            if (pinned) {
                checkPage(pfn, BIAS, born, 0); // its base reference went with the kill
            }
            release();
            if (said(1, "DELAYED")) {
                check("I12", device.step(), "removal does not end: " + device);
                device.close();
            }
            check("I5", generation(pfn) == born + 1, "the page ended its life " + (generation(pfn) - born) + " times");
        }
    }
}
