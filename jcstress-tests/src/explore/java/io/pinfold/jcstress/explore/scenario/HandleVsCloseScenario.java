package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.CloseSteps;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Words;

/**
 * A frame is taken by its handle while its owner gives up the only hold and the memory is closed for good: holds are
 * added only where close can still see them (HANDLE5), and the last access of a release comes before its hold ends
 * (HOLDER4).
 */
public final class HandleVsCloseScenario extends ProtocolScenario {

    public HandleVsCloseScenario() {
        super("handle-take-vs-close", "close",
                "tryGet by handle, the owner's put, and CLOSE1 to CLOSE6: a hold is counted before it can be missed",
                Frame::new);
        require("PUT, CLOSED, REFUSED", "PUT, CLOSED, TAKEN", "PUT, CLOSED, TOLD", "PUT, OUT, TAKEN",
                "PUT, OUT, REFUSED");
    }

    private static final class Frame extends ScenarioWorld {
        private static final int UNMAPPED = 0x5EAD_0000;

        private final CloseSteps close = new CloseSteps(memory);
        private final long handle;
        private final long pfn;
        private final int born;
        private int countAtClose;
        private int generationAtClose;

        Frame() {
            super("owner", "closer", "taker");
            stockSingleFrames(3);
            handle = memory.handles().allocate(Blocks.MOVABLE_FIRST, 0);
            pfn = FrameHandle.pfn(handle);
            born = generation(pfn);
            mustBe(count(pfn) == 1, "allocate", pfn);
            watchPage("frame", pfn);
            watch("holds", Peek.number(memory.handles(), "holds", "control"), Shown.LONG);
            watch("state", Peek.number(memory, "core", "state", "address"), Shown.INT);
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
            return strand == 0 ? put() : strand == 1 ? closeMemory() : take();
        }

        private String put() {
            memory.handles().put(handle); // HOLDER1 to HOLDER4
            return "PUT";
        }

        private String take() {
            try {
                if (!session.tryGet(handle)) { // HANDLE1 to HANDLE6
                    return "REFUSED";
                }
            } catch (IllegalStateException closed) {
                return "TOLD";
            }
            put();
            return "TAKEN";
        }

        private String closeMemory() {
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
            check("I5", generationAtClose == born + 1, "unmapped before the frame was freed");
            check("I5", count(pfn) == UNMAPPED && generation(pfn) == UNMAPPED, "a record was touched after the close");
        }
    }
}
