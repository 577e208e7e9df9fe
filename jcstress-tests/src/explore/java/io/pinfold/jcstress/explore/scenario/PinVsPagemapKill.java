package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
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
                () -> new Device(false));
        require("PINNED, DELAYED", "PAGEMAP, REMOVED", "PAGEMAP, DELAYED");
        allow("GRAB_ZERO, DELAYED|REMOVED");
    }

    /** Somebody holds the page already, so that only the mode of the live reference says no. */
    public static final class Held extends ProtocolScenario {

        public Held() {
            super("look-up-after-kill", "R13 R28",
                    "a pin of a device page that another pin keeps: none after the grace period of the kill",
                    () -> new Device(true));
            require("PINNED, DELAYED", "PAGEMAP, DELAYED");
        }
    }

    private static final class Device extends ScenarioWorld {
        private final boolean isHeld;
        private final WalkerSlot slot = openSlot();
        private final PageBatch other = memory.newPageBatch(1);
        private final DevPagemap device;
        private final long pfn;
        private final int born;

        Device(boolean isHeld) {
            super(MemoryOptions.UNIT_BYTES, "walker", "owner");
            this.isHeld = isHeld;
            map(BASE, 1);
            device = memory.pagemaps().add(DevPagemapOptions.of(DevPagemapType.GENERIC, memory.deviceStart(),
                    DevPagemaps.GRANULE_FRAMES));
            pfn = device.ranges().getFirst().firstPfn();
            born = generation(pfn);
            long pte = entryAddress(BASE, Geometry.PTE);
            long unused = Entries.exchange(pte, Entry.make(pfn, PinVsDevicePages.ENTRY_FLAGS));
            if (isHeld) {
                int n = session.pinUserPagesFastOnly(space, BASE, 1, 0, other);
                mustBe(n == 1, "pinUserPagesFastOnly", n);
            }
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
            if (isHeld && device.isSummedUp()) {
                check("I12", !isFound(), "a look-up succeeds after the grace period of the kill");
            }
            if (done) {
                device.close(); // E5
            }
            return done ? "REMOVED" : "DELAYED";
        }

        private boolean isFound() {
            slot.enter();
            long found = memory.pagemaps().registry().get(pfn, 0, slot.stripe());
            slot.exit();
            return found != 0;
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I12", !pinned || said(1, "DELAYED"), "the device was removed under a pin");
            if (pinned || isHeld) { // its base reference went with the kill
                checkPage(pfn, (pinned ? BIAS : 0) + (isHeld ? BIAS : 0), born, 0);
            }
            release();
            if (isHeld) {
                int unused = memory.unpinUserPages(other);
            }
            if (said(1, "DELAYED")) {
                check("I12", device.step(), "removal does not end: " + device);
                device.close();
            }
            check("I5", generation(pfn) == born + 1, "the page ended its life " + (generation(pfn) - born) + " times");
        }
    }
}
