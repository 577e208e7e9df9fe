package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.words.Words;

/**
 * A frame is pinned by its handle while its pool evicts it (freeze, free) and the frame gets another life. The
 * generation is compared after the grab; otherwise the pin is on a recycled frame.
 */
public final class PinByHandleVsRecycleScenario extends ProtocolScenario {

    public PinByHandleVsRecycleScenario() {
        super("pin-by-handle-vs-recycle", "R7 R11",
                "GupSession.tryPin against tryFreeze, free, allocate, of FrameHandles",
                Pool::new);
        require("PINNED, BUSY", "REFUSED, EVICTED");
    }

    /** The pin ends before the frame is evicted, or is refused: it never reads what the next owner zeroes. */
    public static final class Read extends ProtocolScenario {

        public Read() {
            super("read-by-handle-vs-recycle", "R7 R11",
                    "GupSession.tryPin, a plain read, unpin against tryFreeze, free, allocate, and zeroes",
                    Reader::new);
            require("READ, BUSY", "READ, EVICTED", "REFUSED, EVICTED");
        }
    }

    /** The owner keeps the frame, and writes into it while it is frozen: a later pin reads what the owner wrote. */
    public static final class Rewrite extends ProtocolScenario {

        public Rewrite() {
            super("read-by-handle-vs-unfreeze", "R11",
                    "GupSession.tryPin, a plain read, unpin against tryFreeze, a plain store, unfreeze, of FrameHandles",
                    Frozen::new);
            require("READ_OLD, BUSY", "READ_OLD, REWRITTEN", "READ_NEW, REWRITTEN", "REFUSED, REWRITTEN");
        }
    }

    /** The next life begins in place, without the allocator. */
    public static final class InPlace extends ProtocolScenario {

        public InPlace() {
            super("pin-by-handle-vs-new-life", "R7 R11", "GupSession.tryPin against FrameHandles.tryRecycle",
                    Relived::new);
            require("PINNED, BUSY", "REFUSED, RECYCLED");
        }
    }

    /** Two threads end one life, of which one has no hold: a release too many meets the old life or nothing. */
    public static final class TooMany extends ProtocolScenario {

        public TooMany() {
            super("put-vs-new-life", "R7 R11", "FrameHandles.put of the owner's hold against tryRecycle", Misused::new);
            require("PUT, MISUSE|BUSY", "MISUSE, RECYCLED");
        }
    }

    /** Two threads recycle one life, of which one has no hold: it does not touch the next one, which is put at once. */
    public static final class Twice extends ProtocolScenario {

        public Twice() {
            super("new-life-vs-new-life", "R11 R29", "tryRecycle against tryRecycle and put of the new life",
                    Outdated::new);
            require("RECYCLED, MISUSE|BUSY", "MISUSE|BUSY, ENDED");
        }
    }

    private static final class Relived extends ScenarioWorld {
        private final FrameHandles handles = memory.handles();
        private final long handle;
        private final long pfn;
        private final int born;

        Relived() {
            super("pinner", "pool");
            handle = handles.allocate(Blocks.MOVABLE_FIRST, 0);
            pfn = FrameHandle.pfn(handle);
            born = FrameHandle.generation(handle);
            watchPage("frame", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return session().tryPin(handle) != FrameHandle.NONE ? "PINNED" : "REFUSED";
            }
            return handles.tryRecycle(handle) != FrameHandle.NONE ? "RECYCLED" : "BUSY";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            boolean recycled = said(1, "RECYCLED");
            check("I1", !pinned || generation(pfn) == born, "frame " + pfn + " was pinned and has another life");
            checkPage(pfn, pinned ? BIAS + 1 : 1, born, recycled ? 1 : 0);
            if (pinned) {
                handles.unpin(FrameHandle.toPin(handle));
            }
            checkPage(pfn, 1, born, recycled ? 1 : 0);
        }
    }

    private static final class Misused extends ScenarioWorld {
        private final FrameHandles handles = memory.handles();
        private final long handle;
        private final long pfn;
        private final int born;

        Misused() {
            super("misuser", "pool");
            stockSingleFrames(3);
            handle = handles.allocate(Blocks.MOVABLE_FIRST, 0);
            pfn = FrameHandle.pfn(handle);
            born = FrameHandle.generation(handle);
            watchPage("frame", pfn);
            built();
        }

        @Override
        String play(int strand) {
            try {
                if (strand == 0) {
                    handles.put(handle);
                    return "PUT";
                }
                return handles.tryRecycle(handle) != FrameHandle.NONE ? "RECYCLED" : "BUSY";
            } catch (IllegalStateException misuse) {
                return "MISUSE";
            }
        }

        @Override
        void settle() {
            boolean put = said(0, "PUT");
            boolean recycled = said(1, "RECYCLED");
            check("I3", put != recycled, "of two that end one life both went on, or none");
            checkPage(pfn, put ? 0 : 1, born, 1);
        }
    }

    private static final class Outdated extends ScenarioWorld {
        private final FrameHandles handles = memory.handles();
        private final long handle;
        private final long pfn;
        private final int born;

        Outdated() {
            super("misuser", "pool");
            stockSingleFrames(3);
            handle = handles.allocate(Blocks.MOVABLE_FIRST, 0);
            pfn = FrameHandle.pfn(handle);
            born = FrameHandle.generation(handle);
            watchPage("frame", pfn);
            built();
        }

        @Override
        String play(int strand) {
            long next;
            try {
                next = handles.tryRecycle(handle);
            } catch (IllegalStateException misuse) {
                return "MISUSE";
            }
            if (next == FrameHandle.NONE || strand == 0) {
                return next == FrameHandle.NONE ? "BUSY" : "RECYCLED";
            }
            handles.put(next); // an exception here is a violation: the hold is the pool's alone
            return "ENDED";
        }

        @Override
        void settle() {
            boolean recycled = said(0, "RECYCLED");
            boolean ended = said(1, "ENDED");
            check("I3", recycled != ended, "of two that recycle one life both went on, or none");
            checkPage(pfn, ended ? 0 : 1, born, ended ? 2 : 1);
        }
    }

    private static final class Frozen extends ScenarioWorld {
        private static final long NEW = 7;
        private final FrameHandles handles = memory.handles();
        private final long handle;
        private final long pfn;
        private final int born;

        Frozen() {
            super("reader", "pool");
            handle = handles.allocate(Blocks.MOVABLE_FIRST, 0);
            pfn = FrameHandle.pfn(handle);
            born = FrameHandle.generation(handle);
            watchPage("frame", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                long pin = session().tryPin(handle);
                if (pin == FrameHandle.NONE) {
                    return "REFUSED";
                }
                long read = Words.getLong(core.frameAddress(pfn));
                handles.unpin(pin);
                return read == NEW ? "READ_NEW" : "READ_OLD";
            }
            if (!handles.tryFreeze(handle)) { // OWNER2
                return "BUSY";
            }
            Words.setLong(core.frameAddress(pfn), NEW);
            handles.unfreeze(handle); // OWNER3
            return "REWRITTEN";
        }

        @Override
        void settle() {
            checkPage(pfn, 1, born, 0);
        }
    }

    private static final class Reader extends ScenarioWorld {
        private static final long CONTENT = 7;
        private final FrameHandles handles = memory.handles();
        private final long handle;
        private final long pfn;
        private final int born;
        private long next;
        private long read;

        Reader() {
            super("reader", "pool");
            long neighbours = allocate(1);
            handle = handles.allocate(Blocks.MOVABLE_FIRST, 0);
            long buddy = allocate(); // prevents a merge of the freed frame
            pfn = FrameHandle.pfn(handle);
            born = FrameHandle.generation(handle);
            mustBe(neighbours > 0 && buddy == (pfn ^ 1), "allocate", buddy);
            Words.setLong(core.frameAddress(pfn), CONTENT);
            watchPage("frame", pfn);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            next = 0;
            read = CONTENT;
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                long pin = session().tryPin(handle);
                if (pin == FrameHandle.NONE) {
                    return "REFUSED";
                }
                read = Words.getLong(core.frameAddress(pfn));
                handles.unpin(pin);
                return "READ";
            }
            if (!handles.tryFreeze(handle)) { // OWNER2
                return "BUSY";
            }
            handles.free(handle); // OWNER4
            next = allocate();
            Words.setLong(core.frameAddress(next), 0);
            return "EVICTED";
        }

        @Override
        void settle() {
            boolean evicted = said(1, "EVICTED");
            check("I5", !evicted || next == pfn, "the allocator gave frame " + next + ": the test is blind");
            check("I1", read == CONTENT, "the pin read " + read);
            checkPage(pfn, 1, born, evicted ? 1 : 0);
        }
    }

    private static final class Pool extends ScenarioWorld {
        private final FrameHandles handles = memory.handles();
        private final long handle;
        private final long pfn;
        private final int born;
        private long next;

        Pool() {
            super("pinner", "pool");
            long neighbours = allocate(1);
            handle = handles.allocate(Blocks.MOVABLE_FIRST, 0);
            long buddy = allocate(); // prevents a merge of the freed frame
            pfn = FrameHandle.pfn(handle);
            born = FrameHandle.generation(handle);
            mustBe(neighbours > 0 && buddy == (pfn ^ 1), "allocate", buddy);
            watchPage("frame", pfn);
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
                return session().tryPin(handle) != FrameHandle.NONE ? "PINNED" : "REFUSED";
            }
            if (!handles.tryFreeze(handle)) { // OWNER2
                return "BUSY";
            }
            handles.free(handle); // OWNER4
            next = allocate();
            return "EVICTED";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED");
            boolean evicted = said(1, "EVICTED");
            check("I5", !evicted || next == pfn, "the allocator gave frame " + next + ": the test is blind");
            check("I1", !pinned || generation(pfn) == born, "frame " + pfn + " was pinned and recycled");
            checkPage(pfn, pinned ? BIAS + 1 : 1, born, evicted ? 1 : 0);
            if (pinned) {
                handles.unpin(FrameHandle.toPin(handle));
            }
            checkPage(pfn, 1, born, evicted ? 1 : 0);
        }
    }
}
