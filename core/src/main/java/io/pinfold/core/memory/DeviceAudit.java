package io.pinfold.core.memory;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.memory.MemoryAudit.Finding;
import io.pinfold.core.memory.MemoryAudit.Kind;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;
import java.util.List;

/**
 * The audit of device memory: every page belongs to its pagemap and has a count that fits, and so has the pagemap
 * [I12].
 */
final class DeviceAudit {
    private final MemoryCore memory;
    private final DevPagemap pagemap;
    private final List<Finding> findings;
    private final boolean isLive;
    private long pins;
    private long referenced;

    private DeviceAudit(MemoryCore memory, DevPagemap pagemap, List<Finding> findings) {
        this.memory = memory;
        this.pagemap = pagemap;
        this.findings = findings;
        this.isLive = pagemap.isLive();
    }

    /** Checks every pagemap; the pins that device pages hold. */
    static long run(MemoryCore memory, List<Finding> findings) {
        long pins = 0;
        for (DevPagemap pagemap : memory.pagemaps().list()) {
            DeviceAudit audit = new DeviceAudit(memory, pagemap, findings);
            audit.run();
            pins += audit.pins;
        }
        return pins;
    }

    private void run() {
        for (Range range : pagemap.ranges()) {
            for (long pfn = range.firstPfn(); pfn < range.endPfn(); pfn++) {
                check(PageInfo.read(memory.recordBase(), pfn));
            }
        }
        long expected;
        if (isLive) {
            expected = 1 + pagemap.pages();
        } else {
            boolean isDone = pagemap.step(); // sums up, if walks let it
            expected = isDone ? 0 : pagemap.holdsByPages() ? referenced : 0;
            if (!isDone && !pagemap.isSummedUp()) {
                return; // a walk is under way, and the switch holds a reference of its own
            }
        }
        if (pagemap.references() != expected) {
            report(Kind.BAD_PAGEMAP, 0, pagemap + ", but its pages and nothing else make " + expected);
        }
    }

    private void check(PageInfo page) {
        long record = PageLayout.record(memory.recordBase(), page.pfn());
        long head = page.pfn() & -(1L << pagemap.order());
        if (page.type() != PageType.DEVICE || Words.getLongVolatile(record + PageLayout.PGMAP) != pagemap.id()
                || page.head() != head || page.isHead() && page.order() != pagemap.order()) {
            report(Kind.BAD_PAGEMAP, page.pfn(), "is no page of " + pagemap + ": " + page);
        } else if (!page.isHead()) {
            if (page.refCount() != 0) {
                report(Kind.BAD_TAIL, page.pfn(), page.toString());
            }
        } else {
            if (page.refCount() < (isLive ? 1 : 0) || page.pinCount() < 0 || page.pinCount() > page.refCount()) {
                report(Kind.BAD_COUNT, page.pfn(), page.toString());
            }
            referenced += page.refCount() > 0 ? 1 : 0;
            pins += page.order() == 0 ? Math.max(page.refCount(), 0) / PageRefs.PIN_BIAS : page.pinCount();
        }
    }

    private void report(Kind kind, long pfn, String detail) {
        findings.add(new Finding(kind, pfn, detail));
    }
}
