package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.memory.VmStat;

/**
 * R27: a thread that sees that a page is no longer pinned sees the release counted. A release that counts after the
 * drop of the reference (M31) still acts for a holder that has ended.
 */
public final class UnpinVsCountScenario extends ProtocolScenario {

    public UnpinVsCountScenario() {
        super("unpin-vs-count", "R27", "unpin_user_pages against a read of the page, then of the counters of pins",
                Page::new);
        require("UNPINNED, STILL_PINNED", "UNPINNED, COUNTED");
    }

    /** A bystander reads the counters while pins come and go: it never finds more released than acquired. */
    public static final class Bystander extends ProtocolScenario {

        public Bystander() {
            super("pin-and-unpin-vs-count", "R27", "a pin and its release against a read of the counters of pins",
                    Counted::new);
            require("UNPINNED, NONE", "UNPINNED, ONE");
        }
    }

    private static final class Counted extends ScenarioWorld {
        private final long pfn;
        private final int born;

        Counted() {
            super("holder", "bystander");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                mustBe("PINNED".equals(pin(BASE, 1)), "pinUserPagesFastOnly", batch.size());
                int _ = memory.unpinUserPages(batch);
                return "UNPINNED";
            }
            VmStat stat = memory.vmStat();
            long held = stat.nrFollPinAcquired() - stat.nrFollPinReleased();
            return held == 0 ? "NONE" : held == 1 ? "ONE" : "COUNTED_" + held;
        }

        @Override
        void settle() {
            checkPage(pfn, 1, born, 0);
            checkCounted(0);
        }
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;

        Page() {
            super("releaser", "watcher");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            String pinned = pin(BASE, 1, FollBits.FOLL_WRITE);
            mustBe("PINNED".equals(pinned), "pinUserPagesFastOnly", batch.size());
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                int _ = memory.unpinUserPages(batch);
                return "UNPINNED";
            }
            if (maybePinned(pfn)) {
                return "STILL_PINNED";
            }
            VmStat stat = memory.vmStat();
            return stat.nrFollPinAcquired() == stat.nrFollPinReleased() ? "COUNTED" : "NOT_COUNTED";
        }

        @Override
        void settle() {
            checkPage(pfn, 1, born, 0);
            checkCounted(0);
        }
    }
}
