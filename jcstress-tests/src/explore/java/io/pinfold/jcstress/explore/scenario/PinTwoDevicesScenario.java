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
 * R13: two pages that follow each other belong to two devices, and the second is removed while both are pinned. When
 * its pagemap is refused, the page of the first is given back, too, with its reference and its count (M26).
 */
public final class PinTwoDevicesScenario extends ProtocolScenario {

    public PinTwoDevicesScenario() {
        super("pin-two-devices-vs-kill", "R13 R12",
                "a pin of pages of two devices against the kill of the second: both or none, and nothing is left",
                Devices::new);
        require("PINNED, DELAYED", "PAGEMAP, REMOVED");
        allow("PAGEMAP, DELAYED", "PART_1, DELAYED|REMOVED");
    }

    /** The session enters by a release store, and the grace period has a heavy fence. */
    public static final class Fenced extends ProtocolScenario {

        public Fenced() {
            super(new PinTwoDevicesScenario());
        }
    }

    private static final class Devices extends ScenarioWorld {
        private final DevPagemap killed;
        private final long first;
        private final long second;

        Devices() {
            super(MemoryOptions.UNIT_BYTES, "walker", "owner");
            map(BASE, 2);
            first = plug(0).ranges().getFirst().firstPfn();
            killed = plug(1);
            second = killed.ranges().getFirst().firstPfn();
            replace(BASE, first);
            replace(BASE + PAGE, second);
            watchPage("first", first);
            watchPage("second", second);
            built();
        }

        private DevPagemap plug(int granule) {
            return memory.pagemaps().add(DevPagemapOptions.of(DevPagemapType.GENERIC,
                    memory.deviceStart() + (long) granule * DevPagemaps.GRANULE_FRAMES, DevPagemaps.GRANULE_FRAMES));
        }

        private void replace(long address, long pfn) {
            long _ = Entries.exchange(entryAddress(address, Geometry.PTE),
                    Entry.make(pfn, PinVsDevicePagesScenario.ENTRY_FLAGS));
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return pin(BASE, 2);
            }
            killed.kill(); // REMOVE1 REMOVE2
            return killed.step() ? "REMOVED" : "DELAYED";
        }

        @Override
        void settle() {
            int held = batch.size();
            checkPage(first, held > 0 ? BIAS + 1 : 1, generation(first), 0);
            check("I3", count(second) == (held > 1 ? BIAS : 0), "the second page has " + count(second) + " references");
            checkCounted(held);
            release();
            checkPage(first, 1, generation(first), 0);
            checkCounted(0);
            check("I12", killed.step(), "removal does not end: " + killed);
        }
    }
}
