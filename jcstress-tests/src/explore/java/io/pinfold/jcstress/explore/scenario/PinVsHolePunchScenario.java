package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.hwmodel.device.DaxFile;
import io.pinfold.hwmodel.device.ZoneDevice;

/**
 * R14: a block of a DAX file is pinned while a hole is punched: unmapped first, then counted, then freed. Counted first
 * (M27), the block would belong to the next file under a pin.
 */
public final class PinVsHolePunchScenario extends ProtocolScenario {

    public PinVsHolePunchScenario() {
        super("pin-vs-hole-punch", "R14 R13",
                "a pin of a DAX block against DaxFile.tryPunchHole: never pinned and freed",
                () -> new Punch(false));
        require("PINNED, BUSY", "NONE_PRESENT, PUNCHED", "CHANGED_PTE, PUNCHED", "CHANGED_PTE, BUSY");
        allow("NONE_PRESENT, BUSY");
    }

    /** A long-term pin would block the punch for ever: device memory is left to the slow path, which refuses it. */
    public static final class Longterm extends ProtocolScenario {

        public Longterm() {
            super("longterm-vs-hole-punch", "R14 R24",
                    "a long-term pin of a DAX block against tryPunchHole: never pinned",
                    () -> new Punch(true));
            require("DEVMAP, PUNCHED", "NONE_PRESENT, PUNCHED");
        }
    }

    /** The block is not mapped any more; only a pin holds it. */
    public static final class Unmapped extends ProtocolScenario {

        public Unmapped() {
            super("unpin-vs-hole-punch", "R14",
                    "the unpin of an unmapped DAX block against DaxFile.tryPunchHole",
                    Held::new);
            require("UNPINNED, BUSY", "UNPINNED, PUNCHED");
        }
    }

    private static final class Held extends ScenarioWorld {
        private final DaxFile file;
        private final long block;

        Held() {
            super(MemoryOptions.UNIT_BYTES, "holder", "puncher");
            file = new DaxFile(ZoneDevice.plug(memory, DevPagemapType.FS_DAX, DevPagemaps.GRANULE_FRAMES), 1);
            block = mapBlock(this, file);
            String pinned = pin(BASE, 1);
            mustBe("PINNED".equals(pinned), "pinUserPagesFastOnly", batch.size());
            munmap(BASE, 1);
            watchPage("block", block);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                int _ = memory.unpinUserPages(batch);
                return "UNPINNED";
            }
            if (file.tryPunchHole(0, 1) >= 0) {
                return "BUSY";
            }
            check("I8", count(block) == 1, "the block was freed with " + count(block) + " references");
            return "PUNCHED";
        }

        @Override
        void settle() {
            checkPage(block, 1, generation(block), 0);
        }
    }

    /** Maps the file's only block, and faults it in; returns its frame. */
    private static long mapBlock(ScenarioWorld world, DaxFile file) {
        long mapped = world.space.mmap(ScenarioWorld.BASE, ScenarioWorld.PAGE, Prot.READ | Prot.WRITE,
                MapFlags.SHARED | MapFlags.FIXED, file.object(), 0);
        ScenarioWorld.mustBe(mapped == ScenarioWorld.BASE, "mmap", mapped);
        int n = world.space.pinUserPagesUnlocked(ScenarioWorld.BASE, 1, GupOptions.WRITE, world.batch);
        ScenarioWorld.mustBe(n == 1, "pinUserPagesUnlocked", n);
        int _ = world.memory.unpinUserPages(world.batch);
        return world.frameAt(ScenarioWorld.BASE);
    }

    private static final class Punch extends ScenarioWorld {
        private final ZoneDevice device;
        private final DaxFile file;
        private final long block;

        private final int flags;

        Punch(boolean isLongterm) {
            super(MemoryOptions.UNIT_BYTES, "walker", "puncher");
            flags = isLongterm ? FollBits.FOLL_WRITE | FollBits.FOLL_LONGTERM : FollBits.FOLL_WRITE;
            device = ZoneDevice.plug(memory, DevPagemapType.FS_DAX, DevPagemaps.GRANULE_FRAMES);
            file = new DaxFile(device, 1);
            block = mapBlock(this, file);
            watchEntry(BASE, Geometry.PTE);
            watchPage("block", block);
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? pin(BASE, 1, flags) : file.tryPunchHole(0, 1) < 0 ? "PUNCHED" : "BUSY";
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
