package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.page.PageRefs;

/**
 * R7, R9: a walker grabs a frame whose last reference is dropped, and which the allocator hands out again at another
 * order: single pages become a folio, or a folio becomes single pages. A reference on the wrong head (M10), or one that
 * revives a free frame (M08), does not add up.
 */
public final class GrabVsFreeAndReuseScenario extends ProtocolScenario {

    public GrabVsFreeAndReuseScenario() {
        super("grab-vs-free-and-reuse", "R7 R9 R12",
                "a speculative grab against last put, free, and re-use as the tail of a folio",
                () -> new Frame(0, 1, 1));
        require("REFUSED, REUSED", "HELD_1, REUSED", "HELD_0, KEPT");
    }

    /** The same, and a folio becomes single pages. */
    public static final class Smaller extends ProtocolScenario {

        public Smaller() {
            super("grab-vs-free-and-reuse-smaller", "R7 R9 R12",
                    "a speculative grab of a tail against last put, free, and re-use as single pages",
                    () -> new Frame(1, 0, 1));
            require("REFUSED, REUSED", "HELD_0, REUSED", "HELD_1, KEPT");
        }
    }

    /** A single page becomes the head of a folio: its kind must be visible before its count. */
    public static final class Head extends ProtocolScenario {

        public Head() {
            super("grab-vs-reuse-as-head", "R7 R9 R12",
                    "a speculative grab against last put, free, and re-use as the head of a folio",
                    () -> new Frame(0, 1, 0));
            require("REFUSED, REUSED", "HELD_0, REUSED", "HELD_0, KEPT");
        }
    }

    private static final class Frame extends ScenarioWorld {
        private final int after;
        private final long head;
        private final long pfn;
        private final int born;
        private final SharedSlot slot = openSlot();
        private final FreeBatch walkersFrees = new FreeBatch(core);
        private final long buddy;
        private long token;
        private long reused;
        private long reusedTail;

        Frame(int before, int after, int page) {
            super("grabber", "owner");
            this.after = after;
            // a pair of frames whose neighbours are in use, so that a free merges no further
            long pair = allocate(1);
            buddy = allocate(1);
            head = pair;
            pfn = pair + page;
            if (before == 0) {
                boolean _ = put(pair);
                long low = allocate();
                long high = allocate();
                mustBe(low == pair && high == pair + 1, "allocate", low);
                boolean free = put(page == 0 ? high : low);
                mustBe(free, "put", low);
            }
            born = generation(pfn);
            watchPage("head", head);
            watchPage("page", pfn);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            token = 0;
            reused = 0;
            reusedTail = 0;
        }

        @Override
        String play(int strand) {
            return strand == 0 ? grab() : dropAndReuse();
        }

        private String grab() {
            slot.enter();
            token = Grab.trySpeculative(core, pfn, 1, FollBits.FOLL_PIN, walkersFrees); // GRAB1 to GRAB5
            slot.exit();
            if (!walkersFrees.isEmpty()) {
                int _ = walkersFrees.drain();
            }
            return token > 0 ? "HELD_" + (Grab.headPfn(token) == pfn ? 0 : 1)
                    : token == Grab.REFUSED_ZERO ? "REFUSED" : "REFUSED_" + token;
        }

        private String dropAndReuse() {
            if (!put(generationHolder())) { // FREE1 FREE4
                return "KEPT";
            }
            reused = allocate(after); // ALLOC2 ALLOC3
            reusedTail = after == 0 ? allocate() : 0;
            return "REUSED";
        }

        /** The record with the owner's reference: the page itself, or the head of its folio. */
        private long generationHolder() {
            return after == 1 ? pfn : head;
        }

        @Override
        void settle() {
            boolean held = token > 0;
            boolean isReused = said(1, "REUSED");
            check("I5", !isReused || reused == head && (after == 1 || reusedTail == pfn),
                    "the allocator gave frames " + reused + " and " + reusedTail + ": the test is blind");
            if (held) {
                long holder = Grab.headPfn(token);
                long now = PageRefs.headPfn(record(0), pfn);
                check("I3", holder == now, "the reference is on frame " + holder + ", the head is " + now);
                boolean large = after == 1 == isReused;
                int owners = isReused ? 1 : 0;
                check("I3", count(now) == owners + (large ? 1 : BIAS), "frame " + now + " has " + count(now));
                check("I3", pins(now) == (large ? 1 : 0), "frame " + now + " has " + pins(now) + " pins");
                check("I4", maybePinned(pfn), "a pin is outstanding and maybe_pinned says no");
                Grab.undo(core, token, walkersFrees);
                int _ = walkersFrees.drain();
            }
            int frees = generation(pfn) - born;
            check("I5", frees == 1, "the frame was freed " + frees + " times");
            check("I14", count(pfn) >= 0 && count(head) >= 0, "a count is negative");
            check("I3", !isReused || count(reused) == 1, "the new owner's frame has " + count(reused) + " references");
            check("I3", count(buddy) == 1, "the neighbour has " + count(buddy) + " references");
        }
    }
}
