package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;

/**
 * R1, R3, R5 of device memory, which has a grab and re-checks of its own: a device page is pinned by its entry, or two
 * by a device leaf, while the owner (opponent) takes the entry, the table's entry or the leaf out, reads the counts and
 * restores it only if they show a holder. An idle device page has one reference, so two mean a holder.
 */
public final class PinVsDeviceEntryScenario extends ProtocolScenario {

    public PinVsDeviceEntryScenario() {
        super("pin-vs-device-entry", "R1 R13 R14",
                "a pin of a device page against entry out, look at the count (opponent)",
                () -> new Device(Geometry.PTE, false));
        require("PINNED, SAW_PIN", "NONE_PRESENT, SAW_NOTHING", "CHANGED_PTE, SAW_NOTHING|SAW_PIN");
    }

    /** The table of the entry is taken away, with its entries intact. */
    public static final class Table extends ProtocolScenario {

        public Table() {
            super("pin-vs-device-table", "R5 R13",
                    "a pin of a device page against table out, look at the count (opponent)",
                    () -> new Device(Geometry.PMD, false));
            require("PINNED, SAW_PIN", "NONE_PRESENT, SAW_NOTHING", "CHANGED_PMD, SAW_NOTHING|SAW_PIN");
        }
    }

    /** Pages of a device leaf are taken one by one, and the leaf is read again once, for all of them. */
    public static final class Leaf extends ProtocolScenario {

        public Leaf() {
            super("pin-vs-device-leaf", "R3 R13 R14",
                    "a pin of two pages of a device leaf against leaf out, look at the counts (opponent)",
                    () -> new Device(Geometry.PMD, true));
            require("PINNED, SAW_PIN", "NONE_PRESENT, SAW_NOTHING", "CHANGED_LEAF, SAW_NOTHING|SAW_PIN");
        }
    }

    /** Long-term pins of device memory are left to the slow path. */
    public static final class Longterm extends ProtocolScenario {

        public Longterm() {
            super("longterm-vs-device-leaf", "R24 R14",
                    "a long-term pin of two pages of a device leaf against leaf out (opponent): never pinned",
                    () -> new Device(Geometry.PMD, true, FollBits.FOLL_WRITE | FollBits.FOLL_LONGTERM));
            require("DEVMAP, SAW_NOTHING", "NONE_PRESENT, SAW_NOTHING");
        }
    }

    private static final class Device extends ScenarioWorld {
        private final int pages;
        private final long pfn;
        private final int born;
        private final long table;
        private final long entry;

        private final int flags;

        Device(int level, boolean isLeaf) {
            this(level, isLeaf, FollBits.FOLL_WRITE);
        }

        Device(int level, boolean isLeaf, int flags) {
            super(MemoryOptions.UNIT_BYTES, "walker", "owner");
            this.flags = flags;
            pages = isLeaf ? 2 : 1;
            map(BASE, 1); // for the tables
            pfn = PinVsDevicePagesScenario.plug(this, DevPagemapType.FS_DAX, DevPagemapOps.NONE).ranges().getFirst()
                    .firstPfn();
            born = generation(pfn);
            long bits = isLeaf ? PinVsDevicePagesScenario.ENTRY_FLAGS | Entry.HUGE
                    : PinVsDevicePagesScenario.ENTRY_FLAGS;
            long mapping = entryAddress(BASE, isLeaf ? Geometry.PMD : Geometry.PTE);
            long _ = Entries.exchange(mapping, Entry.make(pfn, bits));
            table = tableAt(BASE, level);
            entry = entryAddress(BASE, level);
            watchEntry(BASE, level);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? pin(BASE, pages, flags) : takeOut();
        }

        private String takeOut() {
            PageTables.lock(core, table);
            long old = Entries.exchange(entry, Entry.NONE); // UNMAP1
            boolean seen = false;
            for (int i = 0; i < pages; i++) {
                seen |= count(pfn + i) > 1; // UNMAP2
            }
            if (seen) {
                Entries.store(entry, old);
            }
            PageTables.unlock(core, table);
            return seen ? "SAW_PIN" : "SAW_NOTHING";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            check("I5", !pinned || said(1, "SAW_PIN"), "pinned, and the owner saw nothing");
            checkPages(pinned ? BIAS + 1 : 1);
            release();
            checkPages(1);
        }

        private void checkPages(int references) {
            for (int i = 0; i < pages; i++) {
                checkPage(pfn + i, references, born, 0);
            }
        }
    }
}
