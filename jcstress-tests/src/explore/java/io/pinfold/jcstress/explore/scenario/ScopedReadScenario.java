package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.CloseSteps;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.handle.ScopedRead;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.HeavyFence;
import io.pinfold.core.words.Words;
import java.util.StringJoiner;

/**
 * A protected frame is read in a scope while its last reference goes, and it is used again as soon as that is allowed.
 * The reader's loads and the stores of the next owner are plain, so that they race if nothing orders them.
 */
public final class ScopedReadScenario extends ProtocolScenario {

    public ScopedReadScenario() {
        super("scoped-read-vs-recycle", "R7 recycled read",
                "isReadable and readLong in a scope against the last put, RetiredFrames.step and the next owner",
                () -> new Recycled(true));
        require("READ_OLD|REFUSED, FREED|DEFERRED");
    }

    /** The scope begins by a release store, and the scan issues a heavy fence. */
    public static final class Fenced extends ProtocolScenario {

        public Fenced() {
            super(new ScopedReadScenario());
        }
    }

    /** A read of a frame that the reader has not asked for. */
    public static final class Unasked extends ProtocolScenario {

        public Unasked() {
            super("scoped-read-unasked", "R7 recycled read",
                    "readLong in a scope without isReadable against the last put and the next owner",
                    () -> new Recycled(false));
            require("READ_OLD|REFUSED, FREED|DEFERRED");
        }
    }

    /** The same with a heavy fence. */
    public static final class UnaskedFenced extends ProtocolScenario {

        public UnaskedFenced() {
            super(new Unasked());
        }
    }

    /** A fence that was issued for one frame must not be taken for a fence of the next. */
    public static final class Two extends ProtocolScenario {

        public Two() {
            super("scoped-read-vs-two-frees", "R7 recycled read",
                    "a read of one of two frames in a scope against the free of the other and then of this one",
                    TwoFrames::new);
            require("READ_OLD|REFUSED, FREED|DEFERRED");
        }
    }

    /** The same with a heavy fence. */
    public static final class TwoFenced extends ProtocolScenario {

        public TwoFenced() {
            super(new Two());
        }
    }

    /** The second look is of another scope. */
    public static final class Renewed extends ProtocolScenario {

        public Renewed() {
            super("scoped-read-vs-renew", "R7 recycled read",
                    "a look in a scope, renew, and a read against the last put and the next owner",
                    Renewing::new);
            require("FOUND_READ_OLD|FOUND_REFUSED|REFUSED_REFUSED, FREED|DEFERRED");
        }
    }

    /** The same with a heavy fence. */
    public static final class RenewedFenced extends ProtocolScenario {

        public RenewedFenced() {
            super(new Renewed());
        }
    }

    /** Close waits for no scope: it sees it and is refused, or the scope is taken back. */
    public static final class Close extends ProtocolScenario {

        public Close() {
            super("scoped-read-vs-close", "close", "a read in a scope against CLOSE1 to CLOSE6", Closed::new);
            require("READ_OLD, CLOSED", "TOLD, CLOSED", "READ_OLD, OUT");
        }
    }

    /** The same with a heavy fence. */
    public static final class CloseFenced extends ProtocolScenario {

        public CloseFenced() {
            super(new Close());
        }
    }

    /** A protected frame whose first word is {@link #OLD}, and a session's slot for the reader. */
    private abstract static class Frame extends ScenarioWorld {
        static final long OLD = 1;
        static final long NEW = 2;
        final FrameHandles handles = memory.handles();
        private final SessionSlot slot = openSessionSlot();
        final ScopedRead session = new ScopedRead(core, slot);
        final long handle;
        final long pfn;
        final int born;
        final long data;

        Frame(String other) {
            super("reader", other);
            stockSingleFrames(3);
            handle = protectedFrame();
            pfn = FrameHandle.pfn(handle);
            born = FrameHandle.generation(handle);
            data = core.frameAddress(pfn);
            watchPage("frame", pfn);
            watch("frame.epoch", record(pfn) + PageLayout.WAIT_EPOCH, Shown.LONG);
            watch("data", data, Shown.LONG);
            watch("scope", Peek.word(session.scope(), "wordNumber"), Shown.LONG);
        }

        final long protectedFrame() {
            long made = handles.allocateProtected(Blocks.MOVABLE_FIRST, 0);
            Words.setLong(core.frameAddress(FrameHandle.pfn(made)), OLD);
            return made;
        }

        final void enter() {
            slot.lend();
            session.scope().begin(); // SCOPE1 to SCOPE3
        }

        final void leave() {
            session.scope().end(); // SCOPE6
        }

        final String look() {
            return session.isReadable(handle) ? read() : "REFUSED"; // SCOPE4
        }

        /** {@link #look} without the second comparison, for which there is a scenario. */
        final String lookOnce() {
            return !session.isReadable(handle) ? "REFUSED" // SCOPE4
                    : Words.getLong(data) == OLD ? "READ_OLD" : "READ_NEW"; // SCOPE5
        }

        final String read() {
            long found = session.readLong(handle, 0); // SCOPE5
            return found == OLD ? "READ_OLD" : "READ_" + found;
        }

        final String readUnasked() {
            try {
                return read();
            } catch (MisuseException stale) {
                return "REFUSED";
            }
        }

        /** Ends the life of a frame, and stores to it as its next owner does, if there may be one. */
        final String recycle(long frame) {
            mustBe(put(frame), "put", frame); // SHIELD1 to SHIELD3
            if (HeavyFence.isAsymmetric()) {
                int _ = core.retiredFrames().step(); // SHIELD4 to SHIELD6
            }
            if (core.retiredFrames().pending() != 0) {
                return "DEFERRED";
            }
            Words.setLong(core.frameAddress(frame), NEW);
            return "FREED";
        }

        @Override
        void settle() {
            boolean isFree = said(1, "FREED");
            check("I7", handles.waiting() == (isFree ? 0 : 1), handles.waiting() + " frames wait");
            int _ = handles.reclaim(); // the reader has left by now
            check("I7", handles.waiting() == 0, "a frame waits for nobody");
            checkPage(pfn, 0, born, 1);
        }
    }

    private static final class Recycled extends Frame {
        private final boolean asks;

        Recycled(boolean asks) {
            super("owner");
            this.asks = asks;
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 1) {
                return recycle(pfn);
            }
            enter();
            String word = asks ? look() : readUnasked();
            leave();
            return word;
        }
    }

    private static final class Renewing extends Frame {

        Renewing() {
            super("owner");
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 1) {
                return recycle(pfn);
            }
            enter();
            String first = session.isReadable(handle) ? "FOUND" : "REFUSED"; // SCOPE4
            session.scope().renew(); // SCOPE6, SCOPE1 to SCOPE3
            String second = lookOnce();
            leave();
            return first + "_" + second;
        }
    }

    private static final class TwoFrames extends Frame {
        private final long other;

        TwoFrames() {
            super("owner");
            other = FrameHandle.pfn(protectedFrame());
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                enter();
                String word = lookOnce();
                leave();
                return word;
            }
            String first = recycle(other);
            return first.equals("FREED") ? recycle(pfn) : "DEFERRED";
        }

        @Override
        void settle() {
            int _ = handles.reclaim();
            check("I7", handles.waiting() == 0, "a frame waits for nobody");
        }
    }

    private static final class Closed extends Frame {
        private final CloseSteps close = new CloseSteps(memory); // the frame stays out, as if it were the space's

        Closed() {
            super("closer");
            watch("state", Peek.number(memory, "core", "state", "address"), Shown.INT);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 1) {
                return closeMemory();
            }
            StringJoiner word = new StringJoiner("_");
            try {
                enter();
                word.add(read());
                leave();
            } catch (IllegalStateException closed) {
                word.add("TOLD");
            }
            return word.toString();
        }

        private String closeMemory() {
            if (!close.bar()) { // CLOSE1 to CLOSE4
                close.reopen(); // CLOSE5
                return "OUT";
            }
            Words.setLong(data, NEW);
            close.finish(); // CLOSE6
            return "CLOSED";
        }

        @Override
        void settle() {
            check("I13", !said(1, "CLOSED") || memory.isClosed(), "nothing was out, and the memory is open");
        }
    }
}
