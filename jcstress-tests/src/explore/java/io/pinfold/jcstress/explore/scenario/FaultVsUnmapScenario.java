package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.pgtable.Geometry;

/**
 * mmap_lock shared against exclusive: a pin of a page that is not present falls back to the slow path and faults it in,
 * while the mapping is taken away. The page is pinned and outlives its mapping, or there is -EFAULT.
 */
public final class FaultVsUnmapScenario extends ProtocolScenario {

    public FaultVsUnmapScenario() {
        super("fault-vs-unmap", "R1 R33", "pin_user_pages_fast that has to fault against munmap: pinned, or -EFAULT",
                Fault::new);
        require("PINNED, UNMAPPED", "EFAULT, UNMAPPED");
    }

    private static final class Fault extends ScenarioWorld {

        Fault() {
            super("faulter", "unmapper");
            map(BASE, 1); // keeps the tables
            long mapped = space.mmap(BASE + PAGE, PAGE, Prot.READ | Prot.WRITE,
                    MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
            mustBe(mapped == BASE + PAGE, "mmap", mapped);
            watch("pte", entryAddress(BASE, Geometry.PTE) + Long.BYTES, Shown.ENTRY);
            built();
        }

        @Override
        String play(int strand) {
            if (strand != 0) {
                munmap(BASE + PAGE, 1);
                return "UNMAPPED";
            }
            int n = session().pinUserPagesFast(space, BASE + PAGE, 1, GupOptions.WRITE, batch);
            return n == 1 ? "PINNED" : n == -Errno.EFAULT ? "EFAULT" : "GOT_" + n;
        }

        @Override
        void settle() {
            check("I2", space.frameAt(BASE + PAGE) == 0, "still mapped");
            if (!said(0, "PINNED")) {
                check("I2", !batch.isHeld(), "-EFAULT, and something is held");
                return;
            }
            long pfn = batch.pfn(0);
            int born = generation(pfn);
            checkPage(pfn, BIAS, born, 0);
            check("I4", maybePinned(pfn), "a pin is outstanding and maybe_pinned says no");
            release();
            checkPage(pfn, 0, born, 1);
        }
    }
}
