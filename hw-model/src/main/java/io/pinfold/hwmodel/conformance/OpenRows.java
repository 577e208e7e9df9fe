package io.pinfold.hwmodel.conformance;

import static io.pinfold.hwmodel.conformance.Need.COUNTERS;
import static io.pinfold.hwmodel.conformance.Need.DISK;
import static io.pinfold.hwmodel.conformance.Need.HUGE;
import static io.pinfold.hwmodel.conformance.Need.IO_URING;

import io.pinfold.core.mm.Prot;
import java.util.List;

/**
 * Rows that the library cannot play yet. The kernel's side is played where possible, so that the expectation is
 * verified before the library's part exists. The row counts as skipped in either case.
 */
final class OpenRows {

    private static final int BASE_PAGES = Side.HUGE_PAGES;
    private static final byte A = 'A';

    private OpenRows() {
    }

    static List<Scenario> all() {
        return List.of(
                Scenario.of("register-file-shared", "register EFAULT +1/+1", (side, story) -> {
                    story.must("mmap", ((KernelSide) side).mapDisk(side.page(0), 4, true));
                    register(side, story, 4);
                }, IO_URING, COUNTERS, DISK)
                        .needs("files (6.1 pins all four before it looks at the mapping's file: EOPNOTSUPP, +4/+4)"),
                Scenario.of("register-file-private", "register ok +64/0; unregister ok 0/+64", (side, story) -> {
                    story.must("mmap", ((KernelSide) side).mapDisk(side.page(0), 64, false));
                    register(side, story, 64);
                    story.call("unregister", side.unregister(0));
                }, IO_URING, COUNTERS, DISK)
                        .needs("files (6.1 refuses private mappings of files, too: EOPNOTSUPP, +64/+64)"),
                Scenario.of("register-secret", "register EFAULT +1/+1", OpenRows::secret, IO_URING, COUNTERS)
                        .needs("memory that is secret"),
                Scenario.of("collapse-while-pinned", "collapse EAGAIN; unregister ok; collapse ok", OpenRows::collapse,
                        IO_URING, HUGE).needs("MADV_COLLAPSE"),
                Scenario.of("mremap-while-registered", "same page; device B; unregister ok 0/+4", OpenRows::moved,
                        IO_URING, COUNTERS).needs("mremap"),
                Scenario.open("register-thp-after-fork", "register ok +512/0; unregister ok 0/+512",
                        "fork, and a process that a JVM can fork (6.18 and 6.1 agree)"),
                Scenario.open("fork-pinned", "the child gets copies; device and parent share the page",
                        "fork, and a process that a JVM can fork"),
                Scenario.open("fork-vmsplice", "the child's reference does not see the parent's later stores",
                        "fork, and a process that a JVM can fork"));
    }

    private static void register(Side side, Story story, int pages) {
        for (int i = 0; i < pages; i++) {
            story.must("store", side.store(side.page(i), A));
        }
        story.skipPins();
        story.call("register", side.register(0, Span.ofPages(side.page(0), pages)));
    }

    private static void secret(Side side, Story story) {
        int mapped = ((KernelSide) side).mapSecret(side.page(0), 4);
        if (mapped < 0) {
            throw new SkippedException("memfd_secret: " + Shown.errno(mapped));
        }
        register(side, story, 4);
    }

    private static void collapse(Side side, Story story) {
        KernelSide kernel = (KernelSide) side;
        RegisterRows.present(side, story, BASE_PAGES, Backing.PRIVATE);
        story.must("madvise", kernel.adviseHuge(side.page(0), BASE_PAGES));
        story.must("register", side.register(0, Span.ofPages(side.page(7), 1)));
        story.did("collapse", kernel.collapse(side.page(0), BASE_PAGES));
        story.did("unregister", side.unregister(0));
        story.did("collapse", kernel.collapse(side.page(0), BASE_PAGES));
    }

    private static void moved(Side side, Story story) {
        RegisterRows.present(side, story, 4, Backing.PRIVATE);
        story.must("mmap", side.map(side.page(8), 4, Prot.READ_WRITE, Backing.PRIVATE));
        story.must("register", side.register(0, Span.ofPages(side.page(0), 4)));
        long frame = side.frame(side.page(0));
        story.must("mremap", ((KernelSide) side).move(side.page(0), 4, side.page(8)));
        story.skipPins();
        story.tell(side.frame(side.page(8)) == frame ? "same page" : "another page");
        story.must("store", side.store(side.page(8), (byte) 'B'));
        story.sees("device", side.deviceLoad(0, 0, 0));
        story.call("unregister", side.unregister(0));
    }
}
