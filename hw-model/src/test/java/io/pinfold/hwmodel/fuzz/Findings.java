package io.pinfold.hwmodel.fuzz;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** The findings of a run. Each kind is printed once, with the last calls of all threads. */
final class Findings {
    private final Map<String, Integer> counts = new LinkedHashMap<>(); // guarded by this
    private final PrintStream out;
    private final Journal journal;
    private final LongSupplier calls;
    private volatile String where = "";

    /**
     * Opens an empty list.
     *
     * @param calls number of calls made so far
     */
    Findings(PrintStream out, Journal journal, LongSupplier calls) {
        this.out = out;
        this.journal = journal;
        this.calls = calls;
    }

    /** The properties that replay the run; printed above each finding. */
    void at(String roundAndSeed) {
        where = roundAndSeed;
    }

    /**
     * Adds a finding.
     *
     * @param kind the same for findings that have one cause
     */
    synchronized void add(String kind, String detail, Throwable thrown) {
        if (counts.merge(kind, 1, Integer::sum) > 1) {
            return;
        }
        out.println("FINDING " + kind + "\n" + where + ", call " + calls.getAsLong() + "\n" + detail
                + (thrown == null ? "" : "\n" + stack(thrown)));
        out.println(journal.lastCalls());
        out.flush();
    }

    static String stack(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    /** Different findings so far. */
    synchronized int kinds() {
        return counts.size();
    }

    synchronized String summary() {
        StringBuilder text = new StringBuilder();
        counts.forEach((kind, times) -> text.append("  ").append(times).append(" times ").append(kind).append('\n'));
        return text.toString();
    }
}
