package io.pinfold.hwmodel.conformance;

import static io.pinfold.hwmodel.conformance.Need.COUNTERS;
import static io.pinfold.hwmodel.conformance.Need.DISK;
import static io.pinfold.hwmodel.conformance.Need.FORCE;
import static io.pinfold.hwmodel.conformance.Need.FRAMES;
import static io.pinfold.hwmodel.conformance.Need.HUGE;

import io.pinfold.core.mm.Prot;
import java.util.List;

/**
 * Rows of calls that hold pages only while they last: by pin (process_vm_readv, direct I/O) or by get (vmsplice,
 * /proc/self/mem), or not at all.
 */
final class CallRows {

    private static final String GETS = "6.1's direct I/O took gets instead: 0/0; the caller chooses";
    private static final byte B = 'B';
    private static final byte D = 'D';

    private CallRows() {
    }

    static List<Scenario> all() {
        return List.of(
                Scenario.of("process-vm-readv", "read 8192 +2/+2",
                        (side, story) -> processVm(side, story, 2, Prot.READ_WRITE, false), COUNTERS),
                Scenario.of("process-vm-writev", "write 8192 +2/+2; program P", (side, story) -> {
                    processVm(side, story, 2, Prot.READ_WRITE, true);
                    story.sees("program", side.load(side.page(1)));
                }, COUNTERS),
                Scenario.of("process-vm-readv-hole", "read 8192 +2/+2", CallRows::processVmHole, COUNTERS),
                Scenario.of("process-vm-writev-read-only", "write EFAULT 0/0",
                        (side, story) -> processVm(side, story, 2, Prot.READ, true), COUNTERS),
                Scenario.of("process-vm-readv-none", "read EFAULT 0/0",
                        (side, story) -> processVm(side, story, 2, Prot.NONE, false), COUNTERS),
                Scenario.of("vmsplice", "splice 32768 0/0; pipe A", CallRows::splice, COUNTERS),
                Scenario.of("vmsplice-then-store", "pipe B", CallRows::spliceThenStore),
                Scenario.of("vmsplice-stale", "pipe A; program B", CallRows::spliceStale),
                Scenario.of("proc-mem-read-none", "program EFAULT; mem A; pins 0/0", CallRows::memRead, COUNTERS,
                        FORCE),
                Scenario.of("proc-mem-write-read-only", "write ok 0/0; program D; store EFAULT 0/0", CallRows::memWrite,
                        COUNTERS, FORCE),
                Scenario.of("proc-mem-write-untouched", "write ok 0/0; program D; store EFAULT 0/0; exclusive",
                        CallRows::memWriteUntouched, COUNTERS, FORCE, FRAMES),
                Scenario.of("proc-mem-write-shared", "write EFAULT 0/0; program A", CallRows::memWriteShared, COUNTERS,
                        FORCE),
                Scenario.of("populate-read", "populate ok 0/0; 8 present; 8 zero pages",
                        (side, story) -> populate(side, story, false), COUNTERS, FRAMES),
                Scenario.of("populate-write", "populate ok 0/0; 8 present; 0 zero pages",
                        (side, story) -> populate(side, story, true), COUNTERS, FRAMES),
                Scenario.of("direct-read-1", "read 4096 +1/+1; program F",
                        (side, story) -> directRead(side, story, 1), COUNTERS, DISK).noted(GETS),
                Scenario.of("direct-read-64", "read 262144 +64/+64; program F",
                        (side, story) -> directRead(side, story, 64), COUNTERS, DISK).noted(GETS),
                Scenario.of("direct-write-64", "write 262144 +64/+64", (side, story) -> directWrite(side, story, 0),
                        COUNTERS, DISK).noted(GETS),
                Scenario.of("direct-write-offset-512", "write 262144 +65/+65",
                        (side, story) -> directWrite(side, story, 512), COUNTERS, DISK).noted(GETS),
                Scenario.of("direct-read-into-read-only", "read EFAULT 0/0", CallRows::directIntoReadOnly, COUNTERS,
                        DISK),
                Scenario.of("direct-write-from-read-only", "write 4096 +1/+1", CallRows::directFromReadOnly, COUNTERS,
                        DISK).noted(GETS),
                Scenario.of("direct-write-zero-page", "write 262144 0/0", CallRows::directFromZeroPage, COUNTERS, DISK,
                        FRAMES),
                Scenario.of("direct-read-thp", "read 262144 +64/+64; read 65536 +16/+16", CallRows::directIntoHuge,
                        COUNTERS, DISK, HUGE).noted(GETS));
    }

    private static void processVm(Side side, Story story, int pages, int prot, boolean write) {
        RegisterRows.present(side, story, pages, Backing.PRIVATE);
        story.must("mprotect", side.protect(side.page(0), pages, prot));
        story.moved(write ? "write" : "read", side.processVm(Span.ofPages(side.page(0), pages), write));
    }

    private static void processVmHole(Side side, Story story) {
        RegisterRows.present(side, story, 4, Backing.PRIVATE);
        story.must("munmap", side.unmap(side.page(2), 1));
        story.moved("read", side.processVm(Span.ofPages(side.page(0), 4), false));
    }

    private static void splice(Side side, Story story) {
        RegisterRows.present(side, story, 8, Backing.PRIVATE);
        story.moved("splice", side.splice(side.page(0), 8));
        story.sees("pipe", side.drain());
    }

    private static void spliceThenStore(Side side, Story story) {
        RegisterRows.present(side, story, 1, Backing.PRIVATE);
        story.must("vmsplice", side.splice(side.page(0), 1));
        story.must("store", side.store(side.page(0), B));
        story.sees("pipe", side.drain());
    }

    private static void spliceStale(Side side, Story story) {
        RegisterRows.present(side, story, 1, Backing.PRIVATE);
        story.must("vmsplice", side.splice(side.page(0), 1));
        story.must("madvise", side.discard(side.page(0), 1));
        story.must("store", side.store(side.page(0), B));
        story.sees("pipe", side.drain());
        story.sees("program", side.load(side.page(0)));
    }

    private static void memRead(Side side, Story story) {
        RegisterRows.present(side, story, 1, Backing.PRIVATE);
        story.must("mprotect", side.protect(side.page(0), 1, Prot.NONE));
        story.sees("program", side.load(side.page(0)));
        story.sees("mem", side.throughMem(side.page(0), false, (byte) 0));
        story.pins("pins");
    }

    private static void memWrite(Side side, Story story) {
        RegisterRows.present(side, story, 1, Backing.PRIVATE);
        story.must("mprotect", side.protect(side.page(0), 1, Prot.READ));
        story.call("write", side.throughMem(side.page(0), true, D));
        story.sees("program", side.load(side.page(0)));
        story.call("store", side.store(side.page(0), B));
    }

    /**
     * The row of a forced write: it copies the zero page but does not make the copy writable, so a later store through
     * a writable mapping makes no second copy.
     */
    private static void memWriteUntouched(Side side, Story story) {
        story.must("mmap", side.map(side.page(0), 1, Prot.READ, Backing.PRIVATE));
        story.must("load", side.load(side.page(0)));
        story.call("write", side.throughMem(side.page(0), true, D));
        long frame = side.frame(side.page(0));
        story.sees("program", side.load(side.page(0)));
        story.call("store", side.store(side.page(0), B));
        story.must("mprotect", side.protect(side.page(0), 1, Prot.READ_WRITE));
        story.must("store", side.store(side.page(0), B));
        story.tell(side.frame(side.page(0)) == frame ? "exclusive" : "copied again");
    }

    private static void memWriteShared(Side side, Story story) {
        RegisterRows.present(side, story, 1, Backing.SHARED);
        story.must("mprotect", side.protect(side.page(0), 1, Prot.READ));
        story.call("write", side.throughMem(side.page(0), true, D));
        story.sees("program", side.load(side.page(0)));
    }

    private static void populate(Side side, Story story, boolean write) {
        story.must("mmap", side.map(side.page(0), 8, Prot.READ_WRITE, Backing.PRIVATE));
        story.call("populate", side.populate(side.page(0), 8, write));
        int present = 0;
        int zero = 0;
        for (int i = 0; i < 8; i++) {
            long frame = side.frame(side.page(i));
            present += frame != 0 ? 1 : 0;
            zero += side.isZeroPage(frame) ? 1 : 0;
        }
        story.tell(present + " present");
        story.tell(zero + " zero pages");
    }

    private static void directRead(Side side, Story story, int pages) {
        RegisterRows.present(side, story, pages, Backing.PRIVATE);
        story.moved("read", side.direct(Span.ofPages(side.page(0), pages), true));
        story.sees("program", side.load(side.page(pages - 1)));
    }

    private static void directWrite(Side side, Story story, int offset) {
        RegisterRows.present(side, story, 65, Backing.PRIVATE);
        story.moved("write", side.direct(new Span(side.page(0) + offset, 64L * Scratch.PAGE_BYTES), false));
    }

    private static void directIntoReadOnly(Side side, Story story) {
        RegisterRows.present(side, story, 1, Backing.PRIVATE);
        story.must("mprotect", side.protect(side.page(0), 1, Prot.READ));
        story.moved("read", side.direct(Span.ofPages(side.page(0), 1), true));
    }

    private static void directFromReadOnly(Side side, Story story) {
        RegisterRows.present(side, story, 1, Backing.PRIVATE);
        story.must("mprotect", side.protect(side.page(0), 1, Prot.READ));
        story.moved("write", side.direct(Span.ofPages(side.page(0), 1), false));
    }

    private static void directFromZeroPage(Side side, Story story) {
        story.must("mmap", side.map(side.page(0), 64, Prot.READ_WRITE, Backing.PRIVATE));
        story.must("populate", side.populate(side.page(0), 64, false));
        story.moved("write", side.direct(Span.ofPages(side.page(0), 64), false));
    }

    private static void directIntoHuge(Side side, Story story) {
        RegisterRows.present(side, story, Side.HUGE_PAGES, Backing.HUGE);
        story.moved("read", side.direct(Span.ofPages(side.page(0), 64), true));
        story.moved("read", side.direct(Span.ofPages(side.page(16), 16), true));
    }
}
