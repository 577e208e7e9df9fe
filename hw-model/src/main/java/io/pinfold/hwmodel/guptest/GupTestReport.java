package io.pinfold.hwmodel.guptest;

import io.pinfold.core.memory.PageInfo;
import java.util.List;
import java.util.Map;

/**
 * The result of a test.
 *
 * @param options   options of the test
 * @param runs      every run, in the order of calls, repeats and callers
 * @param dumps     dumps of the requested pages, as they were while held
 * @param acquired  pins taken (nr_foll_pin_acquired)
 * @param released  pins given back (nr_foll_pin_released)
 * @param fastHits  pages the fast walk obtained
 * @param fallBacks fast walks that stopped, by reason
 * @param rollBacks pages the fast walk gave back, by step
 * @param findings  faults found; empty is clean
 */
public record GupTestReport(GupTestOptions options, List<GupRun> runs, List<Dump> dumps, long acquired, long released,
        long fastHits, Map<String, Long> fallBacks, Map<String, Long> rollBacks, List<GupFinding> findings) {

    /**
     * A page as it was while held.
     *
     * @param call    the call that held it
     * @param index   of the page in the range, from 0
     * @param address of the page
     * @param page    its record
     */
    public record Dump(GupCall call, long index, long address, PageInfo page) {
    }

    /** Copies the lists. */
    public GupTestReport {
        runs = List.copyOf(runs);
        dumps = List.copyOf(dumps);
        findings = List.copyOf(findings);
    }

    /** Whether nothing was found. */
    public boolean clean() {
        return findings.isEmpty();
    }

    /** The exit code: 0 when nothing was found, else 1. */
    public int exitCode() {
        return clean() ? 0 : 1;
    }

    /** The runs with one call. */
    public List<GupRun> runsOf(GupCall call) {
        return runs.stream().filter(run -> run.call() == call).toList();
    }
}
