package io.pinfold.hwmodel.conformance;

import static io.pinfold.hwmodel.conformance.Need.COUNTERS;
import static io.pinfold.hwmodel.conformance.Need.FORCE;
import static io.pinfold.hwmodel.conformance.Need.HUGE;
import static io.pinfold.hwmodel.conformance.Need.IO_URING;
import static io.pinfold.hwmodel.conformance.Need.LEAVES;
import static io.pinfold.hwmodel.conformance.Need.RESERVED;

import io.pinfold.core.mm.Prot;
import java.util.List;

/**
 * Rows of huge leaves: where they are installed, kept and split, and how holds of their parts are counted. Random
 * traces leave out the differences that these rows show.
 */
final class HugeRows {

    private static final byte B = 'B';
    private static final byte D = 'D';

    private HugeRows() {
    }

    static List<Scenario> all() {
        return List.of(
                Scenario.of("huge-zero-pinned", "leaf; read 32768 +8/+8; leaf", (side, story) -> {
                    untouched(side, story);
                    story.moved("read", side.processVm(Span.ofPages(side.page(0), 8), false));
                    leaf(side, story);
                }, COUNTERS, HUGE, LEAVES)
                        .noted("unlike those of the zero page of 4 KiB, which 6.5 and the library leave out"),
                Scenario.of("huge-zero-stored-after-advice", "leaf; advise ok; store ok; leaf", (side, story) -> {
                    untouched(side, story);
                    story.did("advise", side.advise(side.page(0), Side.HUGE_PAGES, false));
                    story.did("store", side.store(side.page(1), B));
                    leaf(side, story);
                }, HUGE, LEAVES).noted("6.1 splits the huge zero page and copies one page, whatever was advised"),
                Scenario.of("vmsplice-huge-zero-write-only", "leaf; splice EFAULT 0/0", (side, story) -> {
                    untouched(side, story);
                    story.must("mprotect", side.protect(side.page(0), Side.HUGE_PAGES, Prot.WRITE));
                    story.skipPins();
                    story.moved("splice", side.splice(side.page(0), 1));
                }, COUNTERS, HUGE, LEAVES).differs("leaf; splice 4096 0/0",
                        "entries of the huge zero page are special in 6.18, so not the walk but the mapping decides, which may not be read;"
                                + " 6.1 takes what is mapped"),
                Scenario.of("thp-same-protection", "protect ok; leaf; mappings 1", (side, story) -> {
                    RegisterRows.present(side, story, Side.HUGE_PAGES, Backing.HUGE);
                    story.did("protect", side.protect(side.page(0), Side.HUGE_PAGES / 2, Prot.READ_WRITE));
                    leaf(side, story);
                    story.tell("mappings " + side.mappings());
                }, HUGE, LEAVES),
                Scenario.of("thp-dontneed-table", "small; discard ok; store ok; leaf", (side, story) -> {
                    small(side, story);
                    story.did("discard", side.discard(side.page(0), Side.HUGE_PAGES));
                    story.did("store", side.store(side.page(0), B));
                    leaf(side, story);
                }, HUGE, LEAVES).differs("small; discard ok; store ok; small",
                        "6.18 gives up a table that MADV_DONTNEED left empty, so a leaf may come next; 6.1 keeps it until munmap"),
                Scenario.of("register-folio-with-hole", "register ok +3/0; unregister ok 0/+3", (side, story) -> {
                    RegisterRows.present(side, story, Side.HUGE_PAGES, Backing.HUGE);
                    story.must("mmap", side.map(side.page(1), 1, Prot.READ_WRITE, Backing.HUGE));
                    story.skipPins();
                    story.call("register", side.register(0, Span.ofPages(side.page(0), 3)));
                    story.call("unregister", side.unregister(0));
                }, IO_URING, COUNTERS, HUGE).differs("register ok +5/+2; unregister ok 0/+3",
                        "the walk here takes a run of pages by one operation; pins of those that turn out not to belong to it go back,"
                                + " and both is counted"),
                Scenario.of("proc-mem-write-hugetlb", "write ok 0/0; program D", HugeRows::forced, COUNTERS, FORCE,
                        RESERVED).differs("write EFAULT 0/0; program A",
                                "FOLL_FORCE does not write to hugetlb pages in 6.1; 6.14 brought that"));
    }

    /** The row of a leaf of the huge zero page. */
    private static void untouched(Side side, Story story) {
        story.must("mmap", side.map(side.page(0), Side.HUGE_PAGES, Prot.READ_WRITE, Backing.HUGE));
        story.must("load", side.load(side.page(0)));
        if (!side.isLeaf(side.page(0))) {
            throw new SkippedException("the huge zero page is switched off, or there is no free block for it just now");
        }
        leaf(side, story);
    }

    /** The row of a huge page that small entries map, one page of which is read-only for a moment. */
    private static void small(Side side, Story story) {
        RegisterRows.present(side, story, Side.HUGE_PAGES, Backing.HUGE);
        story.must("mprotect", side.protect(side.page(0), 1, Prot.READ));
        story.must("mprotect", side.protect(side.page(0), 1, Prot.READ_WRITE));
        leaf(side, story);
    }

    private static void leaf(Side side, Story story) {
        story.tell(side.isLeaf(side.page(0)) ? "leaf" : "small");
    }

    private static void forced(Side side, Story story) {
        RegisterRows.present(side, story, Side.HUGE_PAGES, Backing.RESERVED);
        story.must("mprotect", side.protect(side.page(0), Side.HUGE_PAGES, Prot.READ));
        story.skipPins();
        story.call("write", side.throughMem(side.page(0), true, D));
        story.sees("program", side.load(side.page(0)));
    }
}
