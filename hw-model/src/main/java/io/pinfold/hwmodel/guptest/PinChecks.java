package io.pinfold.hwmodel.guptest;

import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import java.util.List;
import java.util.Locale;

/**
 * The looks at the pages, never inside a measured time: that what is pinned says so ("verify_dma_pinned"), that what was
 * given back no longer does, and that the counters agree. All callers wait meanwhile.
 */
final class PinChecks {

    private final PhysicalMemory memory;
    private final Findings findings;

    PinChecks(PhysicalMemory memory, Findings findings) {
        this.memory = memory;
        this.findings = findings;
    }

    /** While all callers hold what they got. */
    void held(GupCall call, List<Caller> callers, long firstPage) {
        long pins = 0;
        for (Caller caller : callers) {
            for (int i = 0; call.isPin() && i < caller.pages(); i++) {
                requirePinned(call, firstPage + i, caller.frame(i));
            }
            pins += call.isPin() ? caller.pages() : 0;
        }
        balance(pins, "held by " + call);
    }

    private void requirePinned(GupCall call, long index, long pfn) {
        PageInfo page = head(pfn);
        if (!page.maybePinned()) {
            findings.add(GupFinding.NOT_PINNED, "page #" + index + " after " + call + ": " + page);
        }
        if (call == GupCall.PIN_LONGTERM_BENCHMARK && !memory.isLongtermPinnable(pfn)) {
            findings.add(GupFinding.NOT_PINNABLE, "page #" + index + " after " + call + ": " + page);
        }
    }

    /** After all callers let go. Who else holds the zero page cannot be told, so it is left out. */
    void released(GupCall call, List<Caller> callers, long firstPage) {
        for (Caller caller : callers) {
            for (int i = 0; i < caller.pages(); i++) {
                PageInfo page = head(caller.frame(i));
                if (page.maybePinned() && page.pfn() != memory.zeroPfn()) {
                    findings.add(GupFinding.STILL_PINNED, "page #" + (firstPage + i) + " after " + call
                            + " was given back: " + page);
                }
            }
        }
        balance(0, "held after " + call + " was given back");
    }

    /** A folio is pinned as a whole, and its head says so. */
    private PageInfo head(long pfn) {
        PageInfo page = memory.page(pfn);
        return page.isHead() ? page : memory.page(page.head());
    }

    private void balance(long pins, String what) {
        VmStat stat = memory.vmStat();
        long outstanding = stat.nrFollPinAcquired() - stat.nrFollPinReleased();
        if (outstanding != pins) {
            findings.add(GupFinding.COUNTERS, stat.nrFollPinAcquired() + " pins acquired - " + stat.nrFollPinReleased()
                    + " released = " + outstanding + ", but " + pins + " are " + what);
        }
    }

    /** When nothing is in use any more: every record of the memory. */
    void idle() {
        for (MemoryAudit.Finding finding : MemoryAudit.checkIdle(memory)) {
            findings.add(nameOf(finding.kind()), "frame " + finding.pfn() + ": " + finding.detail());
        }
    }

    /** The name under which findings of a kind are told. */
    static String nameOf(MemoryAudit.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
