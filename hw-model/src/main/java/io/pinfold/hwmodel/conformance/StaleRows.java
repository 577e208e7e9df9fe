package io.pinfold.hwmodel.conformance;

import static io.pinfold.hwmodel.conformance.Need.COUNTERS;
import static io.pinfold.hwmodel.conformance.Need.FRAMES;
import static io.pinfold.hwmodel.conformance.Need.HUGE;
import static io.pinfold.hwmodel.conformance.Need.IO_URING;
import static io.pinfold.hwmodel.conformance.Need.RESERVED;

import io.pinfold.core.mm.Prot;
import java.util.List;

/** Rows of what device and program see of each other after the mapping under a registered buffer has changed. */
final class StaleRows {

    private static final byte B = 'B';
    private static final byte C = 'C';
    private static final byte D = 'D';

    private StaleRows() {
    }

    static List<Scenario> all() {
        return List.of(
                Scenario.of("stale-dontneed", "discard ok; program zeros; store ok; device A; program B",
                        StaleRows::discarded, IO_URING),
                Scenario.of("stale-dontneed-pins", "discard ok 0/0; store ok 0/0; unregister ok 0/+4",
                        StaleRows::discardedPins, IO_URING, COUNTERS),
                Scenario.of("stale-remap", "unmap ok; map ok; store ok; device A; program C", StaleRows::remapped,
                        IO_URING),
                Scenario.of("stale-register-again", "device A; unregister ok; register ok; device C",
                        StaleRows::registeredAgain, IO_URING),
                Scenario.of("stale-device-write", "device writes ok; program B; device D", StaleRows::deviceWrites,
                        IO_URING),
                Scenario.of("stale-frame", "another frame; mapped by 0; mapped by 1", StaleRows::frames, IO_URING,
                        FRAMES),
                Scenario.of("shared-dontneed", "same frame; program A; device writes ok; program D",
                        StaleRows::sharedDiscarded, IO_URING, FRAMES),
                Scenario.of("shared-remap", "program A; device writes ok; program D", StaleRows::sharedRemapped,
                        IO_URING),
                Scenario.of("shared-fault-around", "8 present", StaleRows::faultAround, FRAMES).differs("1 present",
                        "a read fault of the kernel, 6.1 included, also maps what the file has around the page; here each"
                                + " page is mapped by its own fault"),
                Scenario.of("protect-read-after", "device writes ok; program D; store EFAULT; same frame; store ok;"
                        + " device B; same frame", StaleRows::protectedRead, IO_URING, FRAMES),
                Scenario.of("protect-none-after", "device writes ok; program EFAULT; program D",
                        StaleRows::protectedNone, IO_URING),
                Scenario.of("thp-dontneed-part",
                        "discard ok; store ok; device A; program B; device writes ok; program D",
                        StaleRows::partDiscarded, IO_URING, HUGE),
                Scenario.of("thp-unmap-part", "unmap ok; program EFAULT; device A; device writes ok; program D",
                        StaleRows::partUnmapped, IO_URING, HUGE),
                Scenario.of("hugetlb-dontneed", "discard ok; store ok; device A; program B", StaleRows::hugeDiscarded,
                        IO_URING, RESERVED),
                Scenario.of("memfd-held", "held; device A; then free", StaleRows::fileHeld, IO_URING));
    }

    private static void registered(Side side, Story story, int pages, Backing backing) {
        RegisterRows.present(side, story, pages, backing);
        story.must("register", side.register(0, Span.ofPages(side.page(0), pages)));
    }

    private static void discarded(Side side, Story story) {
        registered(side, story, 4, Backing.PRIVATE);
        story.did("discard", side.discard(side.page(0), 4));
        story.sees("program", side.load(side.page(1)));
        story.did("store", side.store(side.page(0), B));
        story.sees("device", side.deviceLoad(0, 0, 0));
        story.sees("program", side.load(side.page(0)));
    }

    private static void discardedPins(Side side, Story story) {
        registered(side, story, 4, Backing.PRIVATE);
        story.skipPins();
        story.call("discard", side.discard(side.page(0), 4));
        story.call("store", side.store(side.page(0), B));
        story.call("unregister", side.unregister(0));
    }

    private static void remapped(Side side, Story story) {
        registered(side, story, 4, Backing.PRIVATE);
        story.did("unmap", side.unmap(side.page(0), 4));
        story.did("map", side.map(side.page(0), 4, Prot.READ_WRITE, Backing.PRIVATE));
        story.did("store", side.store(side.page(0), C));
        story.sees("device", side.deviceLoad(0, 0, 0));
        story.sees("program", side.load(side.page(0)));
    }

    private static void registeredAgain(Side side, Story story) {
        registered(side, story, 4, Backing.PRIVATE);
        story.must("munmap", side.unmap(side.page(0), 4));
        story.must("mmap", side.map(side.page(0), 4, Prot.READ_WRITE, Backing.PRIVATE));
        story.must("store", side.store(side.page(0), C));
        story.sees("device", side.deviceLoad(0, 0, 0));
        story.did("unregister", side.unregister(0));
        story.did("register", side.register(0, Span.ofPages(side.page(0), 4)));
        story.sees("device", side.deviceLoad(0, 0, 0));
    }

    private static void deviceWrites(Side side, Story story) {
        registered(side, story, 1, Backing.PRIVATE);
        story.must("madvise", side.discard(side.page(0), 1));
        story.must("store", side.store(side.page(0), B));
        story.did("device writes", side.deviceStore(0, 0, 0, D));
        story.sees("program", side.load(side.page(0)));
        story.sees("device", side.deviceLoad(0, 0, 0));
    }

    private static void frames(Side side, Story story) {
        registered(side, story, 1, Backing.PRIVATE);
        long before = side.frame(side.page(0));
        story.must("madvise", side.discard(side.page(0), 1));
        story.must("store", side.store(side.page(0), B));
        long after = side.frame(side.page(0));
        story.tell(after == before ? "same frame" : "another frame");
        story.tell("mapped by " + side.mapCount(before));
        story.tell("mapped by " + side.mapCount(after));
    }

    private static void sharedDiscarded(Side side, Story story) {
        registered(side, story, 2, Backing.SHARED);
        long frame = side.frame(side.page(0));
        story.must("madvise", side.discard(side.page(0), 2));
        int seen = side.load(side.page(0));
        story.tell(side.frame(side.page(0)) == frame ? "same frame" : "another frame");
        story.sees("program", seen);
        story.did("device writes", side.deviceStore(0, 0, 0, D));
        story.sees("program", side.load(side.page(0)));
    }

    private static void faultAround(Side side, Story story) {
        RegisterRows.present(side, story, 8, Backing.SHARED);
        story.must("madvise", side.discard(side.page(0), 8));
        story.must("load", side.load(side.page(0)));
        int present = 0;
        for (int i = 0; i < 8; i++) {
            present += side.frame(side.page(i)) != 0 ? 1 : 0;
        }
        story.tell(present + " present");
    }

    private static void sharedRemapped(Side side, Story story) {
        registered(side, story, 2, Backing.SHARED);
        story.must("munmap", side.unmap(side.page(0), 2));
        story.must("mmap", side.map(side.page(0), 2, Prot.READ_WRITE, Backing.SHARED));
        story.sees("program", side.load(side.page(0)));
        story.did("device writes", side.deviceStore(0, 0, 0, D));
        story.sees("program", side.load(side.page(0)));
    }

    private static void protectedRead(Side side, Story story) {
        registered(side, story, 1, Backing.PRIVATE);
        long frame = side.frame(side.page(0));
        story.must("mprotect", side.protect(side.page(0), 1, Prot.READ));
        story.did("device writes", side.deviceStore(0, 0, 0, D));
        story.sees("program", side.load(side.page(0)));
        story.did("store", side.store(side.page(0), B));
        story.tell(side.frame(side.page(0)) == frame ? "same frame" : "another frame");
        story.must("mprotect", side.protect(side.page(0), 1, Prot.READ_WRITE));
        story.did("store", side.store(side.page(0), B)); // exclusive, so it is not copied although it is pinned
        story.sees("device", side.deviceLoad(0, 0, 0));
        story.tell(side.frame(side.page(0)) == frame ? "same frame" : "another frame");
    }

    private static void protectedNone(Side side, Story story) {
        registered(side, story, 1, Backing.PRIVATE);
        story.must("mprotect", side.protect(side.page(0), 1, Prot.NONE));
        story.did("device writes", side.deviceStore(0, 0, 0, D));
        story.sees("program", side.load(side.page(0)));
        story.must("mprotect", side.protect(side.page(0), 1, Prot.READ_WRITE));
        story.sees("program", side.load(side.page(0)));
    }

    private static void partDiscarded(Side side, Story story) {
        registered(side, story, Side.HUGE_PAGES, Backing.HUGE);
        story.did("discard", side.discard(side.page(3), 1));
        story.did("store", side.store(side.page(3), B));
        story.sees("device", side.deviceLoad(0, 0, 3));
        story.sees("program", side.load(side.page(3)));
        story.did("device writes", side.deviceStore(0, 0, 4, D));
        story.sees("program", side.load(side.page(4)));
    }

    private static void partUnmapped(Side side, Story story) {
        registered(side, story, Side.HUGE_PAGES, Backing.HUGE);
        story.did("unmap", side.unmap(side.page(0), 4));
        story.sees("program", side.load(side.page(3)));
        story.sees("device", side.deviceLoad(0, 0, 3));
        story.did("device writes", side.deviceStore(0, 0, 4, D));
        story.sees("program", side.load(side.page(4)));
    }

    private static void hugeDiscarded(Side side, Story story) {
        registered(side, story, Side.HUGE_PAGES, Backing.RESERVED);
        story.did("discard", side.discard(side.page(0), Side.HUGE_PAGES));
        story.did("store", side.store(side.page(3), B));
        story.sees("device", side.deviceLoad(0, 0, 3));
        story.sees("program", side.load(side.page(3)));
    }

    /**
     * Whether the file's pages are held. On the kernel F_SEAL_WRITE shows it, refused with EBUSY while pages are held;
     * in the library the counts do.
     */
    private static void fileHeld(Side side, Story story) {
        registered(side, story, 4, Backing.SHARED);
        story.must("munmap", side.unmap(side.page(0), 4));
        story.tell(side.isFileHeld() ? "held" : "free");
        story.sees("device", side.deviceLoad(0, 0, 0));
        story.must("unregister", side.unregister(0));
        story.tell(side.isFileHeld() ? "then held" : "then free");
    }
}
