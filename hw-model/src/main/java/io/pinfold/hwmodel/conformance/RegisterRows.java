package io.pinfold.hwmodel.conformance;

import static io.pinfold.hwmodel.conformance.Need.CHARGE;
import static io.pinfold.hwmodel.conformance.Need.COUNTERS;
import static io.pinfold.hwmodel.conformance.Need.FRAMES;
import static io.pinfold.hwmodel.conformance.Need.HUGE;
import static io.pinfold.hwmodel.conformance.Need.IO_URING;
import static io.pinfold.hwmodel.conformance.Need.RESERVED;

import io.pinfold.core.mm.Prot;
import java.util.List;

/** Rows of the registration of a buffer and of what is held then: pins in pages, errnos, charges. */
final class RegisterRows {

    private static final String COALESCED = "6.18 merges the pages of one folio when they are registered and keeps one pin for"
            + " all; 6.1 keeps one a page";
    private static final byte A = 'A';
    private static final byte B = 'B';

    private RegisterRows() {
    }

    static List<Scenario> all() {
        return List.of(
                Scenario.of("register-8", "register ok +8/0; unregister ok 0/+8",
                        (side, story) -> touched(side, story, 8, Backing.PRIVATE), IO_URING, COUNTERS),
                Scenario.of("register-untouched", "register ok +64/0; 64 present; unregister ok 0/+64",
                        RegisterRows::untouched, IO_URING, COUNTERS, FRAMES),
                Scenario.of("register-shared", "register ok +64/0; unregister ok 0/+64",
                        (side, story) -> touched(side, story, 64, Backing.SHARED), IO_URING, COUNTERS),
                Scenario.of("register-thp", "register ok +512/+511; unregister ok 0/+1",
                        (side, story) -> huge(side, story, Backing.HUGE, 0, 512), IO_URING, COUNTERS, HUGE)
                        .differs("register ok +512/0; unregister ok 0/+512", COALESCED),
                Scenario.of("register-hugetlb", "register ok +512/+511; unregister ok 0/+1",
                        (side, story) -> huge(side, story, Backing.RESERVED, 0, 512), IO_URING, COUNTERS, RESERVED)
                        .differs("register ok +512/0; unregister ok 0/+512", COALESCED),
                Scenario.of("register-10-in-thp", "register ok +10/+9; unregister ok 0/+1",
                        (side, story) -> huge(side, story, Backing.HUGE, 100, 10), IO_URING, COUNTERS, HUGE)
                        .differs("register ok +10/0; unregister ok 0/+10", COALESCED),
                Scenario.of("register-page-3-times", "register ok +3/0; unregister ok 0/+3", RegisterRows::threeTimes,
                        IO_URING, COUNTERS),
                Scenario.of("register-2-bytes", "register ok +2/0; unregister ok 0/+2", RegisterRows::twoBytes,
                        IO_URING, COUNTERS),
                Scenario.of("register-two-rings",
                        "register ok +64/0; register ok +64/0; unregister ok 0/+64; unregister ok 0/+64",
                        RegisterRows::twoRings, IO_URING, COUNTERS),
                Scenario.of("register-hole", "register EFAULT +2/+2", (side, story) -> {
                    present(side, story, 4, Backing.PRIVATE);
                    story.must("munmap", side.unmap(side.page(2), 1));
                    register(side, story, 4);
                }, IO_URING, COUNTERS),
                Scenario.of("register-read-only-behind", "register EFAULT +2/+2", (side, story) -> {
                    present(side, story, 4, Backing.PRIVATE);
                    story.must("mprotect", side.protect(side.page(2), 1, Prot.READ));
                    register(side, story, 4);
                }, IO_URING, COUNTERS),
                Scenario.of("register-read-only", "register EFAULT 0/0", (side, story) -> {
                    present(side, story, 4, Backing.PRIVATE);
                    story.must("mprotect", side.protect(side.page(0), 4, Prot.READ));
                    register(side, story, 4);
                }, IO_URING, COUNTERS),
                Scenario.of("register-none", "register EFAULT 0/0", (side, story) -> {
                    present(side, story, 4, Backing.PRIVATE);
                    story.must("mprotect", side.protect(side.page(0), 4, Prot.NONE));
                    register(side, story, 4);
                }, IO_URING, COUNTERS),
                Scenario.of("register-second-buffer-refused", "register EFAULT +4/+4", RegisterRows::secondRefused,
                        IO_URING, COUNTERS),
                Scenario.of("register-zero-page",
                        "zero page before; register ok +1/0; zero page gone; device zeros; unregister ok 0/+1",
                        RegisterRows::zeroPage, IO_URING, COUNTERS, FRAMES),
                Scenario.of("register-write-after", "register ok +8/0; store ok 0/0; same frame; device B",
                        RegisterRows::writeAfter, IO_URING, COUNTERS, FRAMES),
                Scenario.of("register-unmap",
                        "register ok +64/0; unmap ok 0/0; mapped by 0; device A; unregister ok 0/+64",
                        RegisterRows::unmapped, IO_URING, COUNTERS, FRAMES),
                Scenario.of("charge-8", "32 kB; then 0 kB",
                        (side, story) -> charge(side, story, 8, Backing.PRIVATE, Span.ofPages(side.page(0), 8)),
                        IO_URING, CHARGE),
                Scenario.of("charge-page-3-times", "12 kB; then 0 kB",
                        (side, story) -> charge(side, story, 1, Backing.PRIVATE, Span.ofPages(side.page(0), 1),
                                Span.ofPages(side.page(0), 1), Span.ofPages(side.page(0), 1)),
                        IO_URING, CHARGE),
                Scenario.of("charge-10-in-thp", "2048 kB; then 0 kB",
                        (side, story) -> charge(side, story, 512, Backing.HUGE, Span.ofPages(side.page(100), 10)),
                        IO_URING, CHARGE, HUGE));
    }

    /** Maps and touches the first pages of the window. */
    static void present(Side side, Story story, int pages, Backing backing) {
        story.must("mmap", side.map(side.page(0), pages, Prot.READ_WRITE, backing));
        for (int i = 0; i < pages; i++) {
            story.must("store", side.store(side.page(i), A));
        }
        boolean wantsHuge = backing == Backing.HUGE || backing == Backing.RESERVED;
        if (wantsHuge && !side.isHuge(side.frame(side.page(0)))) {
            throw new SkippedException("no free block for a huge page just now");
        }
    }

    private static void register(Side side, Story story, int pages) {
        story.call("register", side.register(0, Span.ofPages(side.page(0), pages)));
    }

    private static void touched(Side side, Story story, int pages, Backing backing) {
        present(side, story, pages, backing);
        register(side, story, pages);
        story.call("unregister", side.unregister(0));
    }

    private static void untouched(Side side, Story story) {
        story.must("mmap", side.map(side.page(0), 64, Prot.READ_WRITE, Backing.PRIVATE));
        register(side, story, 64);
        int present = 0;
        for (int i = 0; i < 64; i++) {
            present += side.frame(side.page(i)) != 0 ? 1 : 0;
        }
        story.tell(present + " present");
        story.call("unregister", side.unregister(0));
    }

    private static void huge(Side side, Story story, Backing backing, int first, int pages) {
        present(side, story, Side.HUGE_PAGES, backing);
        story.call("register", side.register(0, Span.ofPages(side.page(first), pages)));
        story.call("unregister", side.unregister(0));
    }

    private static void threeTimes(Side side, Story story) {
        present(side, story, 1, Backing.PRIVATE);
        Span page = Span.ofPages(side.page(0), 1);
        story.call("register", side.register(0, page, page, page));
        story.call("unregister", side.unregister(0));
    }

    private static void twoBytes(Side side, Story story) {
        present(side, story, 2, Backing.PRIVATE);
        story.call("register", side.register(0, new Span(side.page(1) - 1, 2)));
        story.call("unregister", side.unregister(0));
    }

    private static void twoRings(Side side, Story story) {
        present(side, story, 64, Backing.PRIVATE);
        Span all = Span.ofPages(side.page(0), 64);
        story.call("register", side.register(0, all));
        story.call("register", side.register(1, all));
        story.call("unregister", side.unregister(0));
        story.call("unregister", side.unregister(1));
    }

    private static void secondRefused(Side side, Story story) {
        present(side, story, 4, Backing.PRIVATE);
        story.call("register", side.register(0, Span.ofPages(side.page(0), 4), Span.ofPages(side.page(4), 2)));
    }

    private static void zeroPage(Side side, Story story) {
        story.must("mmap", side.map(side.page(0), 1, Prot.READ_WRITE, Backing.PRIVATE));
        story.must("load", side.load(side.page(0)));
        story.tell(side.isZeroPage(side.frame(side.page(0))) ? "zero page before" : "another page before");
        register(side, story, 1);
        story.tell(side.isZeroPage(side.frame(side.page(0))) ? "still the zero page" : "zero page gone");
        story.sees("device", side.deviceLoad(0, 0, 0));
        story.call("unregister", side.unregister(0));
    }

    private static void writeAfter(Side side, Story story) {
        present(side, story, 8, Backing.PRIVATE);
        long frame = side.frame(side.page(0));
        register(side, story, 8);
        story.call("store", side.store(side.page(0), B));
        story.tell(side.frame(side.page(0)) == frame ? "same frame" : "another frame");
        story.sees("device", side.deviceLoad(0, 0, 0));
    }

    private static void unmapped(Side side, Story story) {
        present(side, story, 64, Backing.PRIVATE);
        long frame = side.frame(side.page(0));
        register(side, story, 64);
        story.call("unmap", side.unmap(side.page(0), 64));
        story.tell("mapped by " + side.mapCount(frame));
        story.sees("device", side.deviceLoad(0, 0, 0));
        story.call("unregister", side.unregister(0));
    }

    private static void charge(Side side, Story story, int pages, Backing backing, Span... buffers) {
        present(side, story, pages, backing);
        story.must("register", side.register(0, buffers));
        story.tell(side.pinnedKb() + " kB");
        story.must("unregister", side.unregister(0));
        story.tell("then " + side.pinnedKb() + " kB");
    }
}
