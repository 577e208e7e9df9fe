package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.HugeZero;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;

/**
 * R20: a space counts itself as a user of the huge zero page, gets it, and gives its use up again, while the shrinker
 * frees the page if it has no user. The first user makes the page.
 */
public final class GetVsHugeZeroShrinkScenario extends ProtocolScenario {

    public GetVsHugeZeroShrinkScenario() {
        super("get-vs-huge-zero-shrink", "R20", "HugeZero.use, get, unuse against the shrinker: never given up in use",
                Zero::new);
        require("OLD, IN_USE", "OLD, SHRUNK", "FRESH, SHRUNK");
    }

    /** The first two users: one of them makes the page, the other finds it complete. */
    public static final class Make extends ProtocolScenario {

        public Make() {
            super("huge-zero-made", "R20", "two first users of the huge zero page: one page, and it is full of zeros",
                    First::new);
            require("ZEROS, ZEROS");
        }
    }

    private static final class First extends ScenarioWorld {
        private static final int ORDER = Geometry.leafOrder(Geometry.PMD);
        private static final long GARBAGE = 0x6172_6261_6765_2121L;

        private final HugeZero zero = core.hugeZero();
        private final long content;
        private final long[] pages = new long[2];

        First() {
            super("first", "second");
            long head = core.blocks().allocate(ORDER, Blocks.NORMAL);
            content = core.frameAddress(head);
            Words.setLongVolatile(content, GARBAGE);
            boolean isFree = put(head);
            mustBe(isFree, "put", head);
            watch("content", content, Shown.LONG);
            watch("pfn", Peek.number(zero, "control"), Shown.LONG);
            watch("users", Peek.number(zero, "control") + Long.BYTES, Shown.INT);
            built();
        }

        @Override
        String play(int strand) {
            pages[strand] = zero.use();
            return Words.getLong(core.frameAddress(pages[strand])) == 0 ? "ZEROS" : "GARBAGE";
        }

        @Override
        void settle() {
            check("I3", pages[0] == pages[1], "two pages were made: " + pages[0] + " and " + pages[1]);
            check("I1", core.frameAddress(pages[0]) == content, "another frame was taken: the test is blind");
            check("I3", zero.users() == 3, "the page has " + zero.users() + " users"); // one of these is the shrinker's
            checkPage(pages[0], 1, generation(pages[0]), 0);
        }
    }

    private static final class Zero extends ScenarioWorld {
        private static final int ORDER = Geometry.leafOrder(Geometry.PMD);

        private final HugeZero zero = core.hugeZero();
        private final long first;
        private final int born;
        private final SharedSlot slot = openSlot();
        private final FreeBatch walkersFrees = new FreeBatch(core);
        private long token;

        Zero() {
            super("user", "shrinker");
            long buddies = allocate(ORDER); // so that a free merges no further
            first = zero.use();
            zero.unuse();
            mustBe(first > 0 && buddies > 0, "use", first);
            born = generation(first);
            watchPage("zero", first);
            watch("users", Peek.number(zero, "control") + Long.BYTES, Shown.INT);
            built();
        }

        @Override
        public void begin() {
            super.begin();
            token = 0;
        }

        @Override
        String play(int strand) {
            if (strand != 0) {
                return memory.shrinkHugeZero() ? "SHRUNK" : "IN_USE";
            }
            long pfn = zero.use(); // ZERO1, or ZERO2 and ZERO3
            boolean isOld = pfn == first && generation(first) == born;
            slot.enter();
            token = Grab.trySpeculative(core, pfn, 1, FollBits.FOLL_GET, walkersFrees);
            slot.exit();
            zero.unuse();
            return token <= 0 ? "REFUSED_" + token : isOld ? "OLD" : "FRESH";
        }

        @Override
        void settle() {
            long pfn = Grab.headPfn(token);
            boolean shrunkUnderGet = said(1, "SHRUNK") && said(0, "OLD");
            check("I5", said(0, "FRESH") || generation(first) == born, "the page was freed under a get");
            int owners = shrunkUnderGet ? 0 : 1;
            check("I3", count(pfn) == owners + 1, "the page has " + count(pfn) + " references");
            check("I3", zero.users() == owners, "the page has " + zero.users() + " users");
            Grab.undo(core, token, walkersFrees);
            int freed = walkersFrees.drain();
            check("I3", freed == 1 - owners, freed + " folios were freed by the last put");
        }
    }
}
