package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.CloseSteps;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.GupSession;

/**
 * A batch that one thread fills and others release (BATCH1 to BATCH3): it has one user at a time, and all others are
 * refused. Its pages are given back once.
 */
public final class BatchReleaseScenario extends ProtocolScenario {

    public BatchReleaseScenario() {
        super("batch-fill-vs-release", "R29",
                "get_user_pages_fast into a batch against two releases of it on other threads: one of them wins at most",
                Shared::new);
        require("FOUND, PUT, REFUSED", "FOUND, REFUSED, PUT", "FOUND, REFUSED, REFUSED");
    }

    /** Two fillers and a release. */
    public static final class Fillers extends ProtocolScenario {

        public Fillers() {
            super("batch-fill-vs-fill", "R29",
                    "two sessions that fill one batch against its release: no pages are overwritten",
                    TwoFill::new);
            require("FOUND, REFUSED, PUT", "REFUSED, FOUND, PUT", "FOUND, FOUND, PUT");
            allow("FOUND|REFUSED, FOUND|REFUSED, REFUSED");
        }
    }

    /** The release, and the close of the memory. */
    public static final class Close extends ProtocolScenario {

        public Close() {
            super("batch-release-vs-close", "R27 close",
                    "the last unpin of a page, on another thread, against the close of its memory: no touch after it",
                    Closed::new);
            require("UNPINNED, CLOSED", "UNPINNED, OUT");
        }
    }

    /** A world in which refusals of misuse are expected. */
    private abstract static class World extends ScenarioWorld {

        World(String... strands) {
            super(strands);
        }

        final String fill(GupSession by, long address) {
            try {
                int n = by.getUserPagesFastOnly(space, address, 1, GupOptions.READ, gets());
                return n == 1 ? "FOUND" : "GOT_" + n;
            } catch (IllegalStateException refused) {
                return "REFUSED";
            }
        }

        final String put() {
            try {
                int n = memory.putPages(gets());
                return n == 1 ? "PUT" : "PUT_" + n;
            } catch (IllegalStateException refused) {
                return "REFUSED";
            }
        }
    }

    private static final class Shared extends World {
        private final long pfn;
        private final int born;

        Shared() {
            super("filler", "releaser", "other releaser");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            watchPage("page", pfn);
            watch("batch", Peek.word(batch, "held", "slotNumber"), Shown.LONG);
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? fill(session(), BASE) : put();
        }

        @Override
        void settle() {
            boolean put = said(1, "PUT") || said(2, "PUT");
            check("I3", batch.isHeld() != put, "released and held, or neither");
            checkPage(pfn, put ? 1 : 2, born, 0);
            release();
            checkPage(pfn, 1, born, 0);
        }
    }

    private static final class TwoFill extends World {
        private final GupSession otherSession = GupSession.open(memory);
        private final long first;
        private final long second;
        private final int firstBorn;
        private final int secondBorn;

        TwoFill() {
            super("filler", "other filler", "releaser");
            map(BASE, 2);
            first = frameAt(BASE);
            second = frameAt(BASE + PAGE);
            firstBorn = generation(first);
            secondBorn = generation(second);
            watchPage("first", first);
            watchPage("second", second);
            watch("batch", Peek.word(batch, "held", "slotNumber"), Shown.LONG);
            otherSession.detach();
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? fill(session(), BASE)
                    : strand == 1 ? fill(attached(otherSession), BASE + PAGE) : put();
        }

        @Override
        void settle() {
            int found = (said(0, "FOUND") ? 1 : 0) + (said(1, "FOUND") ? 1 : 0);
            int held = found - (said(2, "PUT") ? 1 : 0);
            check("I3", held == (batch.isHeld() ? 1 : 0), found + " filled, and the batch says " + batch.isHeld());
            check("I3", count(first) + count(second) == 2 + held,
                    "the pages have " + count(first) + " and " + count(second) + " references");
            release();
            checkPage(first, 1, firstBorn, 0);
            checkPage(second, 1, secondBorn, 0);
        }
    }

    private static final class Closed extends World {
        private static final int UNMAPPED = 0x5EAD_0000;

        private final CloseSteps close = new CloseSteps(memory);
        private final long pfn;
        private final int born;
        private int countAtClose;
        private int generationAtClose;

        Closed() {
            super("releaser", "closer");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            String pinned = pin(BASE, 1);
            mustBe("PINNED".equals(pinned), "pinUserPagesFastOnly", batch.size());
            munmap(BASE, 1); // the batch has the last reference
            watchPage("page", pfn);
            watch("batch", Peek.word(batch, "held", "slotNumber"), Shown.LONG);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            countAtClose = 0;
            generationAtClose = 0;
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return "UNPINNED" + (memory.unpinUserPages(batch) == 1 ? "" : "_NOT"); // BATCH3 BATCH4
            }
            if (!close.bar()) { // CLOSE1 to CLOSE4
                close.reopen(); // CLOSE5
                return "OUT";
            }
            countAtClose = Words.getInt(record(pfn) + PageLayout.REFCOUNT);
            generationAtClose = Words.getInt(record(pfn) + PageLayout.GENERATION);
            Words.setInt(record(pfn) + PageLayout.REFCOUNT, UNMAPPED);
            Words.setInt(record(pfn) + PageLayout.GENERATION, UNMAPPED);
            close.finish(); // CLOSE6
            return "CLOSED";
        }

        @Override
        void settle() {
            if (said(1, "OUT")) {
                checkPage(pfn, 0, born, 1);
                return;
            }
            check("I3", countAtClose == 0, "unmapped with " + countAtClose + " references");
            check("I5", generationAtClose == born + 1, "unmapped before the page was freed");
            check("I5", count(pfn) == UNMAPPED && generation(pfn) == UNMAPPED, "a record was touched after the close");
        }
    }
}
