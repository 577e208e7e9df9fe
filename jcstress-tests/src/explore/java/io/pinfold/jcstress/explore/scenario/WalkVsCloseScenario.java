package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.CloseSteps;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.GupSession;

/**
 * A memory is closed while another thread walks, pins and releases, opens a session, or holds a frame by handle. If
 * close finds nothing held, it overwrites the words of page and table, where the shipping code would give them back,
 * and opens the memory again. A thread that still accesses them sees that, or races with it.
 */
public final class WalkVsCloseScenario extends ProtocolScenario {

    public WalkVsCloseScenario() {
        super("walk-vs-close", "-",
                "pin and unpin against close: batch FILLING, HELD, RELEASING; no access to freed memory",
                () -> new Closing(Closing.WALK));
        require("PINNED, CLOSED", "PINNED, IN_USE");
    }

    /** A session that is opened meanwhile waits, or close waits for it. */
    public static final class Open extends ProtocolScenario {

        public Open() {
            super("open-vs-close", "-", "the opening of a session and its first walk against close",
                    () -> new Closing(Closing.OPEN));
            require("PINNED, CLOSED", "PINNED, IN_USE");
        }
    }

    /** The last hold by handle is given back meanwhile. */
    public static final class Hold extends ProtocolScenario {

        public Hold() {
            super("hold-vs-close", "-",
                    "the last put by handle against close: the frame is on its list before close counts it as free",
                    () -> new Closing(Closing.HOLD));
            require("PUT, CLOSED", "PUT, IN_USE");
        }
    }

    /** The session enters by a release store, and close issues a heavy fence. */
    public static final class Fenced extends ProtocolScenario {

        public Fenced() {
            super(new WalkVsCloseScenario());
        }
    }

    /** The same of a session that is opened meanwhile. */
    public static final class OpenFenced extends ProtocolScenario {

        public OpenFenced() {
            super(new Open());
        }
    }

    private static final class Closing extends ScenarioWorld {
        static final int WALK = 0;
        static final int OPEN = 1;
        static final int HOLD = 2;

        private final int what;
        private final CloseSteps close;
        private final long handle;
        private final long pfn;
        private final long count;
        private final long pte;

        Closing(int what) {
            super("user", "closer");
            this.what = what;
            map(BASE, 1);
            close = new CloseSteps(memory);
            handle = what == HOLD ? memory.handles().allocate() : FrameHandle.NONE;
            pfn = what == HOLD ? FrameHandle.pfn(handle) : frameAt(BASE);
            count = record(pfn) + PageLayout.REFCOUNT;
            pte = entryAddress(BASE, Geometry.PTE);
            long state = Peek.number(memory, "core", "state", "address");
            watch("state", state, Shown.INT);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand != 0) {
                return tryClose();
            }
            if (what == HOLD) {
                memory.handles().put(handle);
                return "PUT";
            }
            GupSession own = what == OPEN ? GupSession.open(memory) : session();
            int n = own.pinUserPagesFastOnly(space, BASE, 1, GupOptions.READ, batch);
            check("I1", n == 1, "the walk found " + n + " pages where one is mapped all the time");
            int _ = memory.unpinUserPages(batch);
            return "PINNED";
        }

        private String tryClose() {
            boolean alone = close.bar(); // CLOSE1 to CLOSE4
            if (alone) { // CLOSE6
                overwrite(count, Integer.MIN_VALUE);
                long entry = Words.getLong(pte);
                Words.setLong(pte, 0);
                Words.setLong(pte, entry);
            }
            close.reopen(); // CLOSE5
            return alone ? "CLOSED" : "IN_USE";
        }

        private static void overwrite(long word, int value) {
            int before = Words.getInt(word);
            Words.setInt(word, value);
            Words.setInt(word, before);
        }

        @Override
        void settle() {
            int references = what == HOLD ? 0 : 1;
            check("I3", count(pfn) == references, "frame " + pfn + " has " + count(pfn) + " references");
            check("I13", Words.getIntVolatile(Peek.number(memory, "core", "state", "address")) == MemoryState.OPEN,
                    "not open");
        }
    }
}
