package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import java.util.Arrays;

/**
 * Pages that move to a device's private memory, and pages of a device that become idle: the count is read after the
 * entry is out (MOVE1, MOVE2 of DevicePrivate), and the put that leaves one reference is followed by a call to the
 * owner (DueList).
 */
public final class PinVsDevicePagesScenario extends ProtocolScenario {
    /** The flags of a writable entry that maps a device page. */
    static final long ENTRY_FLAGS = Entry.PRESENT | Entry.WRITE | Entry.USER | Entry.DEVMAP | Entry.SPECIAL;

    public PinVsDevicePagesScenario() {
        super("pin-vs-migrate-to-device", "R26 R1", "a pin against migrateToDevice: the page stays where the pin is",
                Move::new);
        require("PINNED, BUSY", "NONE_PRESENT, MOVED", "CHANGED_PTE, MOVED", "CHANGED_PTE, BUSY");
        allow("NONE_PRESENT, BUSY", "GRAB_ZERO, MOVED");
    }

    /** Two last puts of one device page. */
    public static final class Idle extends ProtocolScenario {

        public Idle() {
            super("idle-device-page", "-", "two unpins of a device page: the owner hears of it after the last",
                    () -> new Puts(1));
            require("UNPINNED, UNPINNED");
        }
    }

    /** The last puts of two pages of one device. */
    public static final class IdlePages extends ProtocolScenario {

        public IdlePages() {
            super("idle-device-pages", "-", "the unpins of two pages of a device: the owner hears of both, once",
                    () -> new Puts(2));
            require("UNPINNED, UNPINNED");
        }
    }

    static DevPagemap plug(ScenarioWorld world, DevPagemapType type, DevPagemapOps ops) {
        return world.memory.pagemaps().add(DevPagemapOptions.of(type, world.memory.deviceStart(),
                DevPagemaps.GRANULE_FRAMES).withOps(ops));
    }

    private static final class Move extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final long device;

        Move() {
            super(MemoryOptions.UNIT_BYTES, "walker", "driver");
            map(BASE, 2);
            pfn = frameAt(BASE);
            born = generation(pfn);
            device = plug(this, DevPagemapType.PRIVATE, DevPagemapOps.NONE).ranges().getFirst().firstPfn();
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, 1);
            }
            int result = space.migrateToDevice(BASE, device);
            return result == 0 ? "MOVED" : result == -Errno.EBUSY ? "BUSY" : "RESULT_" + result;
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            boolean moved = said(1, "MOVED");
            check("I5", !pinned || !moved, "the page was moved from under a pin");
            checkPage(pfn, (pinned ? BIAS : 0) + (moved ? 0 : 1), born, moved ? 1 : 0);
            check("I3", count(device) == (moved ? 2 : 1), "the device page has " + count(device) + " references");
            release();
            checkPage(pfn, moved ? 0 : 1, born, moved ? 1 : 0);
        }
    }

    private static final class Puts extends ScenarioWorld {
        private final int pages;
        private final PageBatch<Hold.Pin> other = memory.newPageBatch(1);
        private final DevPagemap device;
        private final long first;
        private final int[] told;
        private boolean wasIdle;

        Puts(int pages) {
            super(MemoryOptions.UNIT_BYTES, "first", "second");
            this.pages = pages;
            told = new int[pages];
            map(BASE, pages);
            device = plug(this, DevPagemapType.COHERENT, new DevPagemapOps() {
                @Override
                public void pageFree(DevPagemap pagemap, long headPfn) {
                    wasIdle |= count(headPfn) == 1;
                    told[(int) (headPfn - pagemap.ranges().getFirst().firstPfn())]++;
                }
            });
            first = device.ranges().getFirst().firstPfn();
            for (int i = 0; i < pages; i++) {
                long _ = Entries.exchange(entryAddress(BASE + i * PAGE, Geometry.PTE),
                        Entry.make(first + i, ENTRY_FLAGS));
            }
            mustBe(session().pinUserPagesFastOnly(space, BASE, 1, GupOptions.READ, batch) == 1, "pin", 0);
            mustBe(session().pinUserPagesFastOnly(space, BASE + (pages - 1) * PAGE, 1, GupOptions.READ, other) == 1,
                    "pin", 0);
            watchPage("page", first);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            wasIdle = false;
            Arrays.fill(told, 0);
        }

        @Override
        String play(int strand) {
            int _ = memory.unpinUserPages(strand == 0 ? batch : other);
            return "UNPINNED";
        }

        @Override
        void settle() {
            check("I13", wasIdle, "the page is idle and its owner was not told");
            for (int i = 0; i < pages; i++) {
                check("I13", told[i] == 1 || pages == 1, "page " + i + ": its owner was told " + told[i] + " times");
                checkPage(first + i, 1, generation(first + i), 0);
            }
            device.kill();
            check("I12", device.step(), "removal does not end: " + device);
            device.close(); // waits for puts under way (REMOVE4): none is left
        }
    }
}
