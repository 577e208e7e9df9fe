package io.pinfold.core.memory;

import static io.pinfold.core.internal.AuditClause.IDLE1;
import static io.pinfold.core.internal.AuditClause.IDLE2;
import static io.pinfold.core.internal.AuditClause.IDLE3;
import static io.pinfold.core.internal.AuditClause.PINS1;
import static io.pinfold.core.internal.AuditClause.WAITING2;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.internal.AuditReport;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.zone.Zone;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.StackRoom;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Checks that what the records, the free lists and the counters of a memory say fits together. For tests and for tools
 * that prove that nothing was lost; every test ends with it.
 *
 * <p>The memory is quiescent: no call on it is going on. It is kept from closing meanwhile. Findings name the frame; an
 * empty list is a clean bill.
 */
public final class MemoryAudit {
    private MemoryAudit() {
    }

    /**
     * Something that must not be.
     *
     * @param kind what about
     * @param pfn the frame, or 0 when it is about the whole memory
     * @param detail the id of the clause that does not hold, what it says, and the values found
     */
    public record Finding(Kind kind, long pfn, String detail) {
        @Override
        public String toString() {
            return kind + " at frame " + pfn + ": " + detail;
        }
    }

    /** What a finding is about. */
    public enum Kind {
        /** A frame on a free list has references, pins or mappings. */
        FREE_AND_REFERENCED,
        /** A free list does not link up, is longer or shorter than it says, or holds a block twice. */
        BAD_FREE_LIST,
        /** A free block has the wrong type, order, alignment or migrate type, or a free frame is in no block. */
        BAD_FREE_BLOCK,
        /** The zone's numbers do not match its frames. */
        FREE_COUNT,
        /** A tail does not belong to its head, has a count of its own, or a head misses a tail. */
        BAD_TAIL,
        /** An allocated page has a count of 0 or less, or pins or mappings that do not fit its references. */
        BAD_COUNT,
        /** Page tables and the records of the pages they map do not agree on the mappings. */
        BAD_MAPCOUNT,
        /** A page table's record does not fit its entries. */
        BAD_TABLE,
        /** A frame is of a type that its place does not allow. */
        BAD_TYPE,
        /**
         * A generation does not fit: not used up but retired, used up but not retired, or never used but freed before.
         */
        GENERATION,
        /** A folio went to a FreeBatch that was never drained. */
        LEAKED_PENDING,
        /** A page does not fit the pagemap it belongs to, or the pagemap's references do not fit its pages. */
        BAD_PAGEMAP,
        /** Pins acquired and released do not differ by the pins outstanding. */
        COUNTERS,
        /** A user frame is still allocated although everything should be free. */
        LEAKED_FRAME,
        /** A pagemap is still there although everything should be free. */
        LEAKED_PAGEMAP,
        /** A page table is still there although everything should be free. */
        LEAKED_TABLE
    }

    /**
     * Checks everything that must hold at quiescence, whatever is allocated.
     *
     * @param memory the memory to look at; no call on it is going on
     * @return what does not fit; empty if all does
     * @throws MemoryClosedException if the memory is closed
     */
    public static List<Finding> check(PhysicalMemory memory) {
        StackRoom.forCall();
        List<Finding> findings = new ArrayList<>();
        Bridge.core(memory).inspect(() -> checkAll(memory, report(findings)));
        return findings;
    }

    /**
     * The same, and that every frame has come back: no address space, no batch, no engine is left. The huge zero page
     * may stay until {@link PhysicalMemory#shrinkHugeZero}.
     *
     * @param memory the memory to look at; no call on it is going on
     * @return what does not fit or was left behind; empty if all is well
     * @throws MemoryClosedException if the memory is closed
     */
    public static List<Finding> checkIdle(PhysicalMemory memory) {
        List<Finding> findings = check(memory);
        AuditReport report = report(findings);
        memory.pagemaps().list().forEach(left -> report.found(IDLE3, 0, left));
        forEachAllocated(memory, page -> {
            if (page.type() == PageType.TABLE) {
                report.found(IDLE2, page.pfn(), page);
            } else if (page.isHead() && !Bridge.core(memory).hugeZero().isIdle(page.pfn(), page.refCount())) {
                report.found(IDLE1, page.pfn(), page);
            }
        });
        return findings;
    }

    private static AuditReport report(List<Finding> findings) {
        return AuditReport.into(findings, Kind.class, Finding::new);
    }

    private static void checkAll(PhysicalMemory memory, AuditReport report) {
        long pins = 0;
        long waiting = 0;
        for (Zone zone : Bridge.core(memory).blocks().zones()) {
            zone.mutex.lock();
            try {
                ZoneAudit audit = new ZoneAudit(Bridge.core(memory), zone, report);
                audit.run();
                pins += audit.pins();
                waiting += audit.waiting();
            } finally {
                zone.mutex.unlock();
            }
        }
        long said = Bridge.core(memory).retiredFrames().pending();
        if (said != waiting) {
            report.found(WAITING2, 0, "said to wait: " + said + ", found " + waiting);
        }
        pins += DeviceAudit.run(Bridge.core(memory), report);
        VmStat stat = memory.vmStat();
        long outstanding = stat.nrFollPinAcquired() - stat.nrFollPinReleased();
        if (outstanding != pins) {
            report.found(PINS1, 0, "pins acquired " + stat.nrFollPinAcquired() + " - released "
                    + stat.nrFollPinReleased() + " = " + outstanding + ", but the records hold " + pins + " pins");
        }
    }

    /**
     * Calls {@code action} with every frame that is handed out: user pages with their tails, page tables, and folios
     * that wait on a FreeBatch; in the order of their pfns. The action must not call {@link PhysicalMemory#page}, use
     * or close.
     *
     * @param memory the memory to look at; no call on it is going on
     * @param action called for each frame, with the memory kept from closing
     * @throws MemoryClosedException if the memory is closed
     */
    public static void forEachAllocated(PhysicalMemory memory, Consumer<PageInfo> action) {
        Bridge.core(memory).inspect(() -> {
            for (Zone zone : Bridge.core(memory).blocks().zones()) {
                forEachAllocated(memory, zone.start, zone.frontier(), action);
                forEachAllocated(memory, zone.reserve, zone.tableFrontier(), action);
            }
        });
    }

    private static void forEachAllocated(PhysicalMemory memory, long from, long to, Consumer<PageInfo> action) {
        for (long pfn = from; pfn < to; pfn++) {
            PageInfo page = PageInfo.read(Bridge.core(memory).recordBase(), pfn);
            if (page.type() == PageType.USER || page.type() == PageType.TABLE || page.type() == PageType.PENDING) {
                action.accept(page);
            }
        }
    }
}
