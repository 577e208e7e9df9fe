package io.pinfold.hwmodel.guptest;

import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import java.util.List;
import java.util.Locale;

/**
 * Checks of the pages, never inside a measured time: a pinned page is dma-pinned ("verify_dma_pinned"), a page given
 * back is not, and the counters agree. All callers wait meanwhile.
 */
final class PinChecks {

    private final PhysicalMemory memory;
    private final Findings findings;

    PinChecks(PhysicalMemory memory, Findings findings) {
        this.memory = memory;
        this.findings = findings;
    }

    /** Checks the pages while all callers hold them. */
    void held(GupCall call, List<Caller> callers, long firstPage) {
        long pins = 0;
        for (Caller caller : callers) {
            for (int i = 0; call.isPin() && i < caller.pages(); i++) {
                requirePinned(call, firstPage + i, caller.frame(i));
            }
            pins += call.isPin() ? caller.pages() : 0;
        }
        balance(GupClause.GUP4, pins, "held by " + call);
    }

    private void requirePinned(GupCall call, long index, long pfn) {
        PageInfo page = head(pfn);
        if (!page.maybePinned()) {
            findings.add(GupClause.GUP1, "page #" + index + " after " + call + ": " + page);
        }
        if (call == GupCall.PIN_LONGTERM_BENCHMARK && !memory.isLongtermPinnable(pfn)) {
            findings.add(GupClause.GUP2, "page #" + index + " after " + call + ": " + page);
        }
    }

    /**
     * Checks the pages after all callers gave them back. The zero page is left out, because it may have other holders.
     */
    void released(GupCall call, List<Caller> callers, long firstPage) {
        for (Caller caller : callers) {
            for (int i = 0; i < caller.pages(); i++) {
                PageInfo page = head(caller.frame(i));
                if (page.maybePinned() && page.pfn() != memory.zeroPfn()) {
                    findings.add(GupClause.GUP3, "page #" + (firstPage + i) + " after " + call
                            + " was given back: " + page);
                }
            }
        }
        balance(GupClause.GUP5, 0, "held after " + call + " was given back");
    }

    /** The record of the folio's head: a folio is pinned as a whole, and its head has the count. */
    private PageInfo head(long pfn) {
        PageInfo page = memory.page(pfn);
        return page.isHead() ? page : memory.page(page.head());
    }

    private void balance(GupClause clause, long pins, String what) {
        VmStat stat = memory.vmStat();
        long outstanding = stat.nrFollPinAcquired() - stat.nrFollPinReleased();
        if (outstanding != pins) {
            findings.add(clause, stat.nrFollPinAcquired() + " pins acquired - " + stat.nrFollPinReleased()
                    + " released = " + outstanding + ", but " + pins + " are " + what);
        }
    }

    /** Checks every record of the memory when nothing should be in use any more. */
    void idle() {
        for (MemoryAudit.Finding finding : MemoryAudit.checkIdle(memory)) {
            findings.add(nameOf(finding.kind()), GupClause.GUP6, "frame " + finding.pfn() + ": " + finding.detail());
        }
    }

    /** The name under which findings of a kind are reported. */
    static String nameOf(MemoryAudit.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
