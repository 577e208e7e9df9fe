package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Words;
import java.lang.foreign.MemorySegment;

/**
 * A frame is read without a hold while a holder writes it: the copy is of before or of after the write. Both words of
 * it are compared, because one alone cannot be torn.
 */
public final class ValidatedReadScenario extends ProtocolScenario {

    public ValidatedReadScenario() {
        super("validated-read-vs-write", "torn read",
                "FrameHandles.copyOut of two words against beginWrite, two plain stores, endWrite", Written::new);
        require("READ_OLD|READ_NEW, DONE");
    }

    /** The open form, which does not wait: its reader is told that the frame is being written, or was. */
    public static final class Peeks extends ProtocolScenario {

        public Peeks() {
            super("peek-vs-write", "torn read",
                    "FrameHandles.tryRead, two of peekLong, validate against beginWrite, two plain stores, endWrite",
                    Peeked::new);
            require("READ_OLD|READ_NEW|BUSY|INVALID, DONE");
        }
    }

    /** The owner keeps the frame, and writes it while it is frozen. */
    public static final class Frozen extends ProtocolScenario {

        public Frozen() {
            super("validated-read-vs-unfreeze", "torn read R11",
                    "FrameHandles.copyOut of two words against tryFreeze, two plain stores, unfreeze", Rewritten::new);
            require("READ_OLD|READ_NEW|REFUSED, DONE");
        }
    }

    /** Two freezes, each of which writes one word, and has a version of its own. */
    public static final class Twice extends ProtocolScenario {

        public Twice() {
            super("peek-vs-two-unfreezes", "torn read R11",
                    "FrameHandles.tryRead, two of peekLong, validate against tryFreeze, a plain store, unfreeze, twice",
                    RewrittenTwice::new);
            require("READ_OLD|READ_HALF|READ_NEW|BUSY|INVALID, DONE"); // half is between the two
        }
    }

    /** The next life is by handle, too: it has the same versions, and another generation. */
    public static final class Recycle extends ProtocolScenario {

        public Recycle() {
            super("validated-read-vs-recycle", "torn read R7",
                    "FrameHandles.readLong against put, allocate, beginWrite, a plain store, endWrite", Recycled::new);
            require("READ_OLD|REFUSED, DONE");
        }
    }

    /** The next life has another owner, which stores to the frame at once and knows nothing of versions. */
    public static final class Reuse extends ProtocolScenario {

        public Reuse() {
            super("validated-read-vs-reuse", "torn read R7",
                    "FrameHandles.readLong against tryFreeze, free, an allocation and a plain store", Reused::new);
            require("READ_OLD|REFUSED, DONE");
        }
    }

    /** The next life begins in place: the frame never comes to the allocator, and keeps its versions. */
    public static final class InPlace extends ProtocolScenario {

        public InPlace() {
            super("validated-read-vs-new-life", "torn read R7",
                    "FrameHandles.readLong against tryRecycle and a plain store", Relived::new);
            require("READ_OLD|REFUSED, DONE");
        }
    }

    /** Two holders write: one at a time, and what both store is ordered. */
    public static final class Writers extends ProtocolScenario {

        public Writers() {
            super("write-vs-write", "torn read", "beginWrite, a plain store, endWrite against the same", Writes::new);
            require("DONE, DONE", "DONE, BUSY", "BUSY, DONE");
        }
    }

    /** The owner freezes while a thread that shares its hold writes. */
    public static final class Freezes extends ProtocolScenario {

        public Freezes() {
            super("write-vs-freeze", "torn read R11",
                    "beginWrite, a plain store, endWrite against tryFreeze, a plain store, unfreeze",
                    WritesAndFreeze::new);
            require("DONE, DONE", "DONE, BUSY", "BUSY, DONE", "MISUSE, DONE");
        }
    }

    /** A frame by handle whose first two words are {@link #OLD}. */
    private abstract static class Frame extends ScenarioWorld {
        static final long OLD = 1;
        static final long NEW = 2;
        private static final long NO = 3;
        final FrameHandles handles = memory.handles();
        final long handle;
        final long pfn;
        final int born;
        final long data;

        Frame(String... strands) {
            super(strands);
            stockSingleFrames(3);
            handle = handles.allocate(Blocks.MOVABLE_FIRST, 0);
            pfn = FrameHandle.pfn(handle);
            born = FrameHandle.generation(handle);
            data = core.frameAddress(pfn);
            Words.setLong(data, OLD);
            Words.setLong(data + Long.BYTES, OLD);
            watchPage("frame", pfn);
            watch("version", record(pfn) + PageLayout.VERSION, Shown.LONG);
            watch("first", data, Shown.LONG);
            watch("second", data + Long.BYTES, Shown.LONG);
        }

        /** What the words say; a mix is a torn read. */
        static String word(long first, long second) {
            if (first == second && (first == OLD || first == NEW)) {
                return first == OLD ? "READ_OLD" : "READ_NEW";
            }
            return first == NEW && second == OLD ? "READ_HALF" : "TORN";
        }

        final String copy() {
            long[] both = new long[2];
            if (!handles.copyOut(handle, 0, MemorySegment.ofArray(both))) {
                return "REFUSED";
            }
            return word(both[0], both[1]);
        }

        final String read() {
            long found = handles.readLong(handle, 0, NO);
            return found == NO ? "REFUSED" : word(found, found);
        }

        final String peek() {
            long stamp = handles.tryRead(handle);
            if (stamp == 0) {
                return "BUSY";
            }
            long first = handles.peekLong(handle, 0);
            long second = handles.peekLong(handle, Long.BYTES);
            return handles.validate(handle, stamp) ? word(first, second) : "INVALID";
        }

        final String write(long hold) {
            long stamp = handles.beginWrite(hold); // WRITE1, WRITE2
            if (stamp == 0) {
                return "BUSY";
            }
            Words.setLong(data, NEW);
            Words.setLong(data + Long.BYTES, NEW);
            handles.endWrite(hold, stamp); // WRITE3
            return "DONE";
        }

        final String rewrite() {
            if (!handles.tryFreeze(handle)) { // OWNER2
                return "BUSY";
            }
            Words.setLong(data, NEW);
            Words.setLong(data + Long.BYTES, NEW);
            handles.unfreeze(handle); // OWNER3
            return "DONE";
        }

        @Override
        void settle() {
            checkPage(pfn, 1, born, 0);
        }
    }

    private static final class Written extends Frame {

        Written() {
            super("reader", "writer");
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? copy() : write(handle);
        }
    }

    private static final class Peeked extends Frame {

        Peeked() {
            super("reader", "writer");
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? peek() : write(handle);
        }
    }

    private static final class Rewritten extends Frame {

        Rewritten() {
            super("reader", "owner");
            built();
        }

        @Override
        String play(int strand) {
            return strand == 0 ? copy() : rewrite();
        }
    }

    private static final class RewrittenTwice extends Frame {

        RewrittenTwice() {
            super("reader", "owner");
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return peek();
            }
            for (long word = data; word <= data + Long.BYTES; word += Long.BYTES) {
                if (!handles.tryFreeze(handle)) { // OWNER2
                    return "BUSY";
                }
                Words.setLong(word, NEW);
                handles.unfreeze(handle); // OWNER3
            }
            return "DONE";
        }
    }

    private static final class Recycled extends Frame {
        private long next;

        Recycled() {
            super("reader", "owner");
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return read();
            }
            handles.put(handle); // HOLDER3
            next = handles.allocate(Blocks.MOVABLE_FIRST, 0);
            return write(next);
        }

        @Override
        void settle() {
            check("I5", FrameHandle.pfn(next) == pfn, "the allocator gave another frame: the test is blind");
            checkPage(pfn, 1, born, 1);
        }
    }

    private static final class Reused extends Frame {
        private long next;

        Reused() {
            super("reader", "owner");
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return read();
            }
            mustBe(handles.tryFreeze(handle), "tryFreeze", 0);
            handles.free(handle); // OWNER4
            next = allocate();
            Words.setLong(data, NEW);
            return "DONE";
        }

        @Override
        void settle() {
            check("I5", next == pfn, "the allocator gave frame " + next + ": the test is blind");
            checkPage(pfn, 1, born, 1);
        }
    }

    private static final class Relived extends Frame {

        Relived() {
            super("reader", "owner");
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return read();
            }
            mustBe(handles.tryRecycle(handle) != FrameHandle.NONE, "tryRecycle", 0);
            Words.setLong(data, NEW);
            return "DONE";
        }

        @Override
        void settle() {
            checkPage(pfn, 1, born, 1);
        }
    }

    private static final class Writes extends Frame {

        Writes() {
            super("writer", "other");
            mustBe(handles.tryGet(handle), "tryGet", 0);
            built();
        }

        @Override
        String play(int strand) {
            return write(handle);
        }

        @Override
        void settle() {
            checkPage(pfn, 2, born, 0);
        }
    }

    private static final class WritesAndFreeze extends Frame {

        WritesAndFreeze() {
            super("writer", "owner");
            built();
        }

        @Override
        String play(int strand) {
            try {
                return strand == 0 ? write(handle) : rewrite();
            } catch (IllegalStateException frozen) {
                return "MISUSE";
            }
        }
    }
}
