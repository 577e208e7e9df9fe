package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.page.PageFlags;

/**
 * One hold by handle is ended by two threads at the same moment (HOLDER2, OWNER2, OWNER3, OWNER4, GUEST2 of
 * FrameHandles): one of them succeeds, the other is refused as misuse, and the frame is as if only one had tried.
 */
public final class HandleEndsScenario extends ProtocolScenario {

    public HandleEndsScenario() {
        super("handle-put-vs-put", "R29", "two puts of the owner's one hold: the frame is freed once", Puts::new);
        require("PUT, REFUSED", "REFUSED, PUT");
    }

    /** The pin of a frame whose owner keeps it. */
    public static final class Pins extends ProtocolScenario {

        public Pins() {
            super("handle-unpin-vs-unpin", "R29", "two unpins of one pin by handle: the owner's hold stays",
                    Unpins::new);
            require("UNPINNED, REFUSED", "REFUSED, UNPINNED");
        }
    }

    /** A get of a page with other owners. */
    public static final class Guests extends ProtocolScenario {

        public Guests() {
            super("guest-put-vs-put", "R29",
                    "two puts of one get by handle of a mapped page: the mapping's reference stays",
                    GuestPuts::new);
            require("PUT, REFUSED", "REFUSED, PUT");
        }
    }

    /** The frame of a put has another owner before the second put reads it. */
    public static final class Reuse extends ProtocolScenario {

        public Reuse() {
            super("handle-put-vs-put-and-reuse", "R29",
                    "a put of a hold that was put already, while its frame is allocated again: the next owner's hold stays",
                    PutAndReuse::new);
            require("PUT, REFUSED", "REFUSED, PUT");
        }
    }

    /** The frame of a lone pin has another owner, and pins of that, before the second unpin reads its count. */
    public static final class PinReuse extends ProtocolScenario {

        public PinReuse() {
            super("handle-unpin-vs-unpin-and-reuse", "R29",
                    "an unpin of a pin that is gone, while its frame is allocated and pinned again: that pin stays",
                    UnpinAndReuse::new);
            require("UNPINNED, REFUSED", "REFUSED, UNPINNED");
        }
    }

    /** Of a frozen frame. */
    public static final class Frees extends ProtocolScenario {

        public Frees() {
            super("handle-free-vs-free", "R29", "two frees of one frozen frame: it is on the free list once",
                    TwoFrees::new);
            require("FREED, REFUSED", "REFUSED, FREED");
        }
    }

    /** The frame of a free has another owner, which has frozen it, before the second free reads it. */
    public static final class FreeReuse extends ProtocolScenario {

        public FreeReuse() {
            super("handle-free-vs-free-and-reuse", "R29",
                    "a free of a frame that was freed already, while it is allocated and frozen again: it stays frozen",
                    FreeAndReuse::new);
            require("FREED, REFUSED", "REFUSED, FREED");
        }
    }

    /** The frame of a freeze has another owner before the freeze reads it. */
    public static final class FreezeReuse extends ProtocolScenario {

        public FreezeReuse() {
            super("handle-put-vs-freeze-and-reuse", "R29",
                    "tryFreeze by a hold that was put, while its frame is allocated again: that one is not frozen",
                    FreezeAndReuse::new);
            require("PUT, BUSY", "PUT, REFUSED", "REFUSED, FROZEN");
        }
    }

    /** Of a frozen frame, in two ways. */
    public static final class Unfreezes extends ProtocolScenario {

        public Unfreezes() {
            super("handle-free-vs-unfreeze", "R29", "free and unfreeze of one frozen frame exclude each other",
                    FreeAndUnfreeze::new);
            require("FREED, REFUSED", "REFUSED, UNFROZEN");
        }
    }

    /** Of the owner's one hold. */
    public static final class Freezes extends ProtocolScenario {

        public Freezes() {
            super("handle-put-vs-freeze", "R11 R29", "put and tryFreeze of the owner's one hold exclude each other",
                    PutAndFreeze::new);
            require("PUT, BUSY", "PUT, REFUSED", "REFUSED, FROZEN");
        }
    }

    /** A frame by handle. */
    private abstract static class Frame extends ScenarioWorld {
        final FrameHandles handles = memory.handles();
        private final long others;
        final long handle;
        final long pfn;
        final int born;

        Frame(String... strands) {
            super(strands);
            stockSingleFrames(3);
            others = core.framesOut();
            handle = handles.allocate(Blocks.MOVABLE_FIRST, 0);
            pfn = FrameHandle.pfn(handle);
            born = FrameHandle.generation(handle);
            watchPage("frame", pfn);
        }

        static String attempt(Runnable call, String done) {
            try {
                call.run();
                return done;
            } catch (IllegalStateException told) {
                return "REFUSED";
            }
        }

        /** How many frames close would find handed out by handle. */
        final void checkOut(long expected) {
            long out = core.framesOut() - others;
            check("I3", out == expected, out + " frames are out, expected " + expected);
        }
    }

    private static final class Puts extends Frame {

        Puts() {
            super("owner", "other");
            built();
        }

        @Override
        String play(int strand) {
            return attempt(() -> handles.put(handle), "PUT"); // HOLDER2
        }

        @Override
        void settle() {
            checkPage(pfn, 0, born, 1);
            checkOut(0);
        }
    }

    private static final class Unpins extends Frame {
        private final long pin;

        Unpins() {
            super("pinner", "other");
            pin = session().tryPin(handle);
            mustBe(pin != FrameHandle.NONE, "tryPin", pin);
            built();
        }

        @Override
        String play(int strand) {
            return attempt(() -> handles.unpin(pin), "UNPINNED"); // HOLDER2
        }

        @Override
        void settle() {
            checkPage(pfn, 1, born, 0);
            checkOut(1);
            checkCounted(0);
        }
    }

    private static final class GuestPuts extends ScenarioWorld {
        private final FrameHandles handles = memory.handles();
        private final long handle;
        private final long pfn;
        private final int born;

        GuestPuts() {
            super("getter", "other");
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            handle = handles.handleOf(pfn);
            mustBe(session().tryGet(handle), "tryGet", handle);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            return Frame.attempt(() -> handles.put(handle), "PUT"); // GUEST2
        }

        @Override
        void settle() {
            checkPage(pfn, 1, born, 0);
        }
    }

    private static final class PutAndReuse extends Frame {
        private long next;

        PutAndReuse() {
            super("owner", "other");
            built();
        }

        @Override
        public void begin() {
            super.begin();
            next = 0;
        }

        @Override
        String play(int strand) {
            String word = attempt(() -> handles.put(handle), "PUT"); // HOLDER2
            if (strand == 0) {
                next = handles.allocate(Blocks.MOVABLE_FIRST, 0);
            }
            return word;
        }

        @Override
        void settle() {
            boolean reused = FrameHandle.pfn(next) == pfn;
            checkPage(pfn, reused ? 1 : 0, born, 1);
            checkPage(FrameHandle.pfn(next), 1, FrameHandle.generation(next), 0);
            checkOut(1);
        }
    }

    private static final class UnpinAndReuse extends Frame {
        private final long pin;
        private long next;
        private long nextPin;

        UnpinAndReuse() {
            super("pinner", "other");
            pin = handles.tryPin(handle);
            mustBe(pin != FrameHandle.NONE, "tryPin", pin);
            handles.put(handle);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            next = 0;
            nextPin = 0;
        }

        @Override
        String play(int strand) {
            String word = attempt(() -> handles.unpin(pin), "UNPINNED"); // HOLDER2
            if (strand == 0) {
                next = handles.allocate(Blocks.MOVABLE_FIRST, 0);
                nextPin = handles.tryPin(next);
            }
            return word;
        }

        @Override
        void settle() {
            checkPage(FrameHandle.pfn(next), 1 + BIAS, FrameHandle.generation(next), 0);
            checkOut(1);
            handles.unpin(nextPin);
            checkPage(FrameHandle.pfn(next), 1, FrameHandle.generation(next), 0);
            checkCounted(0);
        }
    }

    private static final class TwoFrees extends Frame {

        TwoFrees() {
            super("owner", "other");
            mustBe(handles.tryFreeze(handle), "tryFreeze", 0);
            built();
        }

        @Override
        String play(int strand) {
            return attempt(() -> handles.free(handle), "FREED"); // OWNER4
        }

        @Override
        void settle() {
            checkPage(pfn, 0, born, 1);
            checkOut(0);
        }
    }

    private static final class FreeAndReuse extends Frame {
        private long next;

        FreeAndReuse() {
            super("owner", "other");
            mustBe(handles.tryFreeze(handle), "tryFreeze", 0);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            next = 0;
        }

        @Override
        String play(int strand) {
            String word = attempt(() -> handles.free(handle), "FREED"); // OWNER4
            if (strand == 0) {
                next = handles.allocate(Blocks.MOVABLE_FIRST, 0);
                check("I3", handles.tryFreeze(next), "the next owner's frame has no other holder"); // OWNER2
            }
            return word;
        }

        @Override
        void settle() {
            long again = FrameHandle.pfn(next);
            checkPage(pfn, 0, born, 1);
            checkPage(again, 0, FrameHandle.generation(next), 0);
            check("I3", PageFlags.test(record(again), PageFlags.FROZEN), "the next owner's frame is not frozen");
            checkOut(1);
        }
    }

    private static final class FreezeAndReuse extends Frame {
        private long next;

        FreezeAndReuse() {
            super("owner", "freezer");
            built();
        }

        @Override
        public void begin() {
            super.begin();
            next = 0;
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                String word = attempt(() -> handles.put(handle), "PUT"); // HOLDER2
                next = handles.allocate(Blocks.MOVABLE_FIRST, 0);
                return word;
            }
            try {
                return handles.tryFreeze(handle) ? "FROZEN" : "BUSY"; // OWNER2
            } catch (IllegalStateException told) {
                return "REFUSED";
            }
        }

        @Override
        void settle() {
            boolean put = said(0, "PUT");
            long again = FrameHandle.pfn(next);
            checkPage(again, 1, FrameHandle.generation(next), 0);
            check("I3", !PageFlags.test(record(again), PageFlags.FROZEN), "the next owner's frame is frozen");
            checkPage(pfn, put && again == pfn ? 1 : 0, born, put ? 1 : 0);
            checkOut(put ? 1 : 2);
        }
    }

    private static final class FreeAndUnfreeze extends Frame {

        FreeAndUnfreeze() {
            super("owner", "other");
            mustBe(handles.tryFreeze(handle), "tryFreeze", 0);
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0
                    ? attempt(() -> handles.free(handle), "FREED") // OWNER4
                    : attempt(() -> handles.unfreeze(handle), "UNFROZEN"); // OWNER3
        }

        @Override
        void settle() {
            boolean freed = said(0, "FREED");
            checkPage(pfn, freed ? 0 : 1, born, freed ? 1 : 0);
            checkOut(freed ? 0 : 1);
        }
    }

    private static final class PutAndFreeze extends Frame {

        PutAndFreeze() {
            super("putter", "freezer");
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return attempt(() -> handles.put(handle), "PUT"); // HOLDER2
            }
            try {
                return handles.tryFreeze(handle) ? "FROZEN" : "BUSY"; // OWNER2
            } catch (IllegalStateException told) {
                return "REFUSED";
            }
        }

        @Override
        void settle() {
            boolean put = said(0, "PUT");
            checkPage(pfn, 0, born, put ? 1 : 0);
            checkOut(put ? 0 : 1);
        }
    }
}
