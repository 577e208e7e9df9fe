package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import org.jspecify.annotations.Nullable;

/**
 * R13, R28: a device page is pinned while its device is removed. The owner failed to unmap it, so its entry (opponent)
 * stays, and only the pagemap's live reference stops the walker (M24). A reference that is never put (M25) blocks
 * removal for ever.
 */
public final class PinVsPagemapKillScenario extends ProtocolScenario {

    public PinVsPagemapKillScenario() {
        super("pin-vs-pagemap-kill", "R13 R28", "a pin of a device page against kill, step and close of its pagemap",
                () -> new Device(false));
        require("PINNED, DELAYED", "PAGEMAP, REMOVED", "PAGEMAP, DELAYED");
        allow("GRAB_ZERO, DELAYED|REMOVED");
    }

    /** The page is held already, so that only the mode of the live reference refuses. */
    public static final class Held extends ProtocolScenario {

        public Held() {
            super("look-up-after-kill", "R13 R28",
                    "a pin of a device page that another pin keeps: none after the grace period of the kill",
                    () -> new Device(true));
            require("PINNED, DELAYED", "PAGEMAP, DELAYED");
        }
    }

    /**
     * The device that goes makes room for the next one: its control block is used again. A look-up that found the block
     * in the registry (LOOKUP1) before its removal (REMOVE5) must end before the block is reused; else it would count
     * references of the next device.
     */
    public static final class Replace extends ProtocolScenario {

        public Replace() {
            super("pin-vs-pagemap-replace", "R13 R28",
                    "a pin of a device page against the removal of its pagemap, and the next one in its control block",
                    Replaced::new);
            require("PINNED, DELAYED", "PAGEMAP, REPLACED", "PAGEMAP, DELAYED");
            allow("GRAB_ZERO, DELAYED|REPLACED");
        }
    }

    /** The session enters by a release store, and the grace period has a heavy fence. */
    public static final class Fenced extends ProtocolScenario {

        public Fenced() {
            super(new PinVsPagemapKillScenario());
        }
    }

    /** The same of a page that is held already. */
    public static final class HeldFenced extends ProtocolScenario {

        public HeldFenced() {
            super(new Held());
        }
    }

    /** The same with the next device in the control block. */
    public static final class ReplaceFenced extends ProtocolScenario {

        public ReplaceFenced() {
            super(new Replace());
        }
    }

    private static final class Replaced extends ScenarioWorld {
        private final DevPagemap device;
        private final long pfn;
        private @Nullable DevPagemap next;

        Replaced() {
            super(MemoryOptions.UNIT_BYTES, "walker", "owner");
            map(BASE, 1);
            device = plug(0);
            pfn = device.ranges().getFirst().firstPfn();
            long _ = Entries.exchange(entryAddress(BASE, Geometry.PTE),
                    Entry.make(pfn, PinVsDevicePagesScenario.ENTRY_FLAGS));
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        private DevPagemap plug(int granule) {
            return memory.pagemaps().add(DevPagemapOptions.of(DevPagemapType.GENERIC,
                    memory.deviceStart() + (long) granule * DevPagemaps.GRANULE_FRAMES, DevPagemaps.GRANULE_FRAMES));
        }

        @Override
        public void begin() {
            super.begin();
            next = null;
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, 1); // LOOKUP1 to LOOKUP5
            }
            device.kill(); // REMOVE1 REMOVE2
            if (!device.step()) { // REMOVE3
                return "DELAYED";
            }
            device.close(); // REMOVE5
            next = plug(1);
            return "REPLACED";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I12", !pinned || said(1, "DELAYED"), "the device was removed under a pin");
            release();
            DevPagemap last = next;
            if (last == null) {
                check("I12", device.step(), "removal does not end: " + device);
                device.close();
            } else {
                last.kill();
                check("I12", last.step(), "the next device has a stranger's references: " + last);
                last.close();
            }
        }
    }

    private static final class Device extends ScenarioWorld {
        private final boolean isHeld;
        private final SharedSlot slot = openSlot();
        private final PageBatch<Hold.Pin> other = memory.newPageBatch(1);
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
            long _ = Entries.exchange(pte, Entry.make(pfn, PinVsDevicePagesScenario.ENTRY_FLAGS));
            if (isHeld) {
                int n = session().pinUserPagesFastOnly(space, BASE, 1, GupOptions.READ, other);
                mustBe(n == 1, "pinUserPagesFastOnly", n);
            }
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, 1); // LOOKUP1 to LOOKUP5
            }
            device.kill(); // REMOVE1 REMOVE2
            boolean done = device.step(); // REMOVE3
            if (isHeld && device.isSummedUp()) {
                check("I12", !isFound(), "a look-up succeeds after the grace period of the kill");
            }
            if (done) {
                device.close(); // REMOVE5
            }
            return done ? "REMOVED" : "DELAYED";
        }

        private boolean isFound() {
            slot.enter();
            long found = core.pagemaps().registry().get(pfn, 0, slot.stripe());
            slot.exit();
            return found != 0;
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I12", !pinned || said(1, "DELAYED"), "the device was removed under a pin");
            check("I2", pinned || isHeld || said(1, "REMOVED") || !PageFlags.test(record(pfn), PageFlags.REFERENCED),
                    "a page that the walk did not get is marked as referenced");
            if (pinned || isHeld) { // the kill dropped its base reference
                checkPage(pfn, (pinned ? BIAS : 0) + (isHeld ? BIAS : 0), born, 0);
            }
            release();
            if (isHeld) {
                int _ = memory.unpinUserPages(other);
            }
            if (said(1, "DELAYED")) {
                check("I12", device.step(), "removal does not end: " + device);
                device.close();
            }
            check("I5", generation(pfn) == born + 1, "the page ended its life " + (generation(pfn) - born) + " times");
        }
    }
}
