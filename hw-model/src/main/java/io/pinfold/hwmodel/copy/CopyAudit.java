package io.pinfold.hwmodel.copy;

import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.hwmodel.dma.DmaStats;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The audit after a copy, when nothing should be in use any more: every reference count at its baseline, no frame both
 * free and referenced, counters balanced, every descriptor given back once, no stale transfer, no damage to other
 * pages, and the target the same as the source byte for byte.
 */
final class CopyAudit {

    private static final int DETAILS_MAX = 8;

    private final List<CopyFinding> findings = new ArrayList<>();

    /** Notes a finding made on the way. */
    void add(CopyClause broken, String values) {
        add(broken.finding(), broken, values);
    }

    private void add(String name, CopyClause broken, String values) {
        findings.add(new CopyFinding(name, broken.text(values)));
    }

    /**
     * Checks every record of the memory, which must be quiescent. The first few findings of a kind are reported one by
     * one.
     */
    void memory(PhysicalMemory memory) {
        int[] seen = new int[MemoryAudit.Kind.values().length];
        for (MemoryAudit.Finding finding : MemoryAudit.checkIdle(memory)) {
            if (++seen[finding.kind().ordinal()] <= DETAILS_MAX) {
                add(nameOf(finding.kind()), CopyClause.JOB1, "frame " + finding.pfn() + ": " + finding.detail());
            }
        }
        for (MemoryAudit.Kind kind : MemoryAudit.Kind.values()) {
            if (seen[kind.ordinal()] > DETAILS_MAX) {
                add(nameOf(kind), CopyClause.JOB1, (seen[kind.ordinal()] - DETAILS_MAX) + " more");
            }
        }
    }

    /** The name under which findings of a kind are reported. */
    static String nameOf(MemoryAudit.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    void counters(VmStat stat) {
        for (int node = 0; node < stat.nodes().size(); node++) {
            VmStat.Node n = stat.nodes().get(node);
            if (n.nrFollPinAcquired() != n.nrFollPinReleased()) {
                add(CopyClause.JOB2, "node " + node + ": " + n.nrFollPinAcquired() + " pins acquired, "
                        + n.nrFollPinReleased() + " released");
            }
        }
    }

    void engine(DmaStats stats) {
        if (stats.completedTwice() > 0) {
            add(CopyClause.JOB3, stats.completedTwice() + " completion(s) of descriptors that were not running");
        }
        if (stats.submitted() != stats.completed()) {
            add(CopyClause.JOB4, stats.submitted() + " descriptors submitted, " + stats.completed()
                    + " completed");
        }
        if (stats.stale() > 0) {
            add(CopyClause.JOB5, stats.stale() + " transfer(s) touched " + stats.staleFrames()
                    + " frame(s) that had been freed, " + stats.staleAtStart() + " of them from the start");
        }
    }

    void rivals(RivalStats stats) {
        if (stats.damagedPages() > 0) {
            add(CopyClause.JOB6, stats.damagedPages() + " page(s) of rivals do not hold what was stored in them");
        }
    }

    /** Compares both files; a target that is the same gets its name. */
    void files(CopyFiles files) {
        CopyClause step = CopyClause.JOB8;
        try {
            long at = files.firstDifference();
            if (at >= 0) {
                add(CopyClause.JOB7, "at byte " + at + "; " + files.sizes());
            } else {
                step = CopyClause.JOB9;
                files.finish();
            }
        } catch (IOException e) {
            add(step, "DST cannot be compared, or not be given its name: " + e.getMessage());
        }
    }

    List<CopyFinding> findings() {
        return List.copyOf(findings);
    }
}
