package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.memory.CloseSteps;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Words;

/**
 * Calls by handle against a close that stays closed: no frame is in use when its memory is given back (KEEP5, CLOSE4),
 * and a call that comes later finds zeros, is refused and changes nothing.
 */
public final class HandleVsCloseScenario extends ProtocolScenario {

    public HandleVsCloseScenario() {
        super("handle-take-vs-close", "close",
                "tryGet by handle, the owner's put, and CLOSE1 to CLOSE6: what is held is seen, what is late is refused",
                Take::new);
        require("PUT, CLOSED, REFUSED", "PUT, CLOSED, USED", "PUT, CLOSED, TOLD", "PUT, OUT, USED",
                "PUT, OUT, REFUSED");
    }

    /** A put too many, which may come after the close. */
    public static final class Late extends ProtocolScenario {

        public Late() {
            super("handle-late-put-vs-close", "close R29",
                    "two puts of one hold against CLOSE1 to CLOSE6: the second one changes nothing, also after the close",
                    LatePut::new);
            require("PUT, CLOSED, REFUSED", "PUT, CLOSED, TOLD", "REFUSED, CLOSED, PUT", "TOLD, CLOSED, PUT",
                    "PUT, OUT, REFUSED", "REFUSED, OUT, PUT");
        }
    }

    /** A frame that is allocated while the memory closes. */
    public static final class Allocate extends ProtocolScenario {

        public Allocate() {
            super("handle-allocate-vs-close", "close",
                    "allocate and put by handle against CLOSE1 to CLOSE6: close sees the frame, or there is none",
                    Allocation::new);
            require("USED, CLOSED", "USED, OUT", "TOLD, CLOSED");
        }
    }

    /** A memory that is given back if close finds nothing out, and the frame that the strands use. */
    private abstract static class Closing extends ScenarioWorld {
        final FrameHandles handles = memory.handles();
        private final CloseSteps close;
        long handle;
        private long pfn;
        private int born;
        private int countAtClose;
        private int generationAtClose;

        Closing(String... strands) {
            super(strands);
            stockSingleFrames(3);
            close = new CloseSteps(memory);
            handle = handles.allocate(Blocks.MOVABLE_FIRST, 0);
        }

        final void built(long newest) {
            pfn = FrameHandle.pfn(newest);
            born = FrameHandle.generation(newest);
            watchPage("frame", pfn);
            watch("state", Peek.number(memory, "core", "state", "address"), Shown.INT);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            countAtClose = 0;
            generationAtClose = 0;
        }

        final void use(long number) {
            Words.setLong(core.frameAddress(FrameHandle.pfn(number)), 1);
        }

        /** {@code done} if the call is through, TOLD if the memory is closed, else REFUSED. */
        final String attempt(Runnable call, String done) {
            try {
                call.run();
                return done;
            } catch (MemoryClosedException closed) {
                return "TOLD";
            } catch (IllegalStateException misuse) {
                return "REFUSED";
            }
        }

        final String closeMemory() {
            if (!close.bar()) { // CLOSE1 to CLOSE4
                close.reopen(); // CLOSE5
                return "OUT";
            }
            long record = record(pfn);
            countAtClose = Words.getIntOpaque(record + PageLayout.REFCOUNT);
            generationAtClose = Words.getIntOpaque(record + PageLayout.GENERATION);
            long frame = core.frameAddress(pfn);
            close.finish(); // CLOSE6
            close.setGone(true);
            Words.setLongOpaque(record + PageLayout.FLAGS, 0);
            Words.setIntOpaque(record + PageLayout.GENERATION, 0);
            Words.setLong(frame, 0);
            return "CLOSED";
        }

        @Override
        void settle() {
            close.setGone(false);
            if (said(1, "OUT")) {
                checkPage(pfn, 0, born, 1);
                return;
            }
            check("I3", countAtClose == 0, "given back with " + countAtClose + " references");
            check("I5", said(0, "TOLD") || generationAtClose == born + 1, "given back before the frame was freed");
            long record = record(pfn);
            check("I5",
                    count(pfn) == 0 && generation(pfn) == 0 && Words.getLongVolatile(record + PageLayout.FLAGS) == 0,
                    "a record was changed after the close");
        }
    }

    private static final class Take extends Closing {

        Take() {
            super("owner", "closer", "taker");
            built(handle);
        }

        @Override
        String play(int strand) {
            return switch (strand) {
                case 0 -> attempt(() -> handles.put(handle), "PUT"); // HOLDER1 to HOLDER3
                case 1 -> closeMemory();
                default -> {
                    boolean[] isTaken = new boolean[1];
                    String word = attempt(() -> isTaken[0] = handles.tryGet(handle), "REFUSED"); // HANDLE1 to HANDLE3
                    if (!isTaken[0]) {
                        yield word;
                    }
                    use(handle);
                    yield attempt(() -> handles.put(handle), "USED");
                }
            };
        }
    }

    private static final class LatePut extends Closing {

        LatePut() {
            super("owner", "closer", "other");
            built(handle);
        }

        @Override
        String play(int strand) {
            return strand == 1 ? closeMemory() : attempt(() -> handles.put(handle), "PUT"); // HOLDER1 to HOLDER3
        }
    }

    private static final class Allocation extends Closing {

        Allocation() {
            super("allocator", "closer");
            handles.put(handle);
            long next = handles.allocate(Blocks.MOVABLE_FIRST, 0);
            handles.put(next); // the lists are last in, first out: it is allocated again
            built(FrameHandle.of(FrameHandle.pfn(next), FrameHandle.generation(next) + 1));
        }

        @Override
        String play(int strand) {
            return strand == 1 ? closeMemory() : attempt(this::allocateAndPut, "USED");
        }

        private void allocateAndPut() {
            long fresh = handles.allocate(Blocks.MOVABLE_FIRST, 0); // OWNER1 KEEP5
            use(fresh);
            handles.put(fresh);
        }
    }
}
