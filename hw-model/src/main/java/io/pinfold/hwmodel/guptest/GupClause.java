package io.pinfold.hwmodel.guptest;

/**
 * What a gup-test checks, clause by clause: the one list of it. A clause says what holds; a finding about it begins
 * with its id. What core's audit of the memory checks is a list of its own.
 *
 * <p>A condition that stands for two things is two clauses, so that no half of it can be lost unseen: {@code
 * GupClausesTest} fails for a clause without a planted corruption, and for a corruption that other clauses report.
 */
enum GupClause {

    // ---- the pages and the pins of each slice --------------------------------------------------------------------

    GUP1(GupFinding.NOT_PINNED, "a page held by a pin call is dma-pinned"),
    GUP2(GupFinding.NOT_PINNABLE, "a page held by a long-term pin may stay where it is"),
    GUP3(GupFinding.STILL_PINNED, "a page that was given back is not dma-pinned, unless it is the zero page"),
    GUP4(GupFinding.COUNTERS, "while pages are held, pins acquired less pins released are the pins held"),
    GUP5(GupFinding.COUNTERS, "when the pages were given back, as many pins were released as acquired"),

    // ---- the memory, when everything was given back --------------------------------------------------------------

    GUP6("", "core's audit of the memory finds nothing"), // its findings are named after the kinds of core's

    // ---- the test ------------------------------------------------------------------------------------------------

    GUP7(GupFinding.SHORT_CALL, "a call obtains as many pages as it was asked for"),
    GUP8(GupFinding.SETUP, "the range can be mapped"),
    GUP9(GupFinding.SETUP, "advice about huge pages is taken"),
    GUP10(GupFinding.SETUP, "each page of the range can be touched"),
    GUP11(GupFinding.CALL_FAILED, "no call throws"),
    GUP12(GupFinding.MEMORY_MODEL, "the memory does not contradict itself while calls are made"),
    GUP13(GupFinding.MEMORY_MODEL, "the memory does not contradict itself while everything is given back"),
    GUP14(GupFinding.TEARDOWN, "the callers can be closed"),
    GUP15(GupFinding.TEARDOWN, "the address space can be closed"),
    GUP16(GupFinding.TEARDOWN, "the memory can be closed");

    private final String finding;
    private final String sentence;

    GupClause(String finding, String sentence) {
        this.finding = finding;
        this.sentence = sentence;
    }

    /** Name of its findings; empty if it depends on what is found. */
    String finding() {
        return finding;
    }

    /** What holds unless it is broken. */
    String sentence() {
        return sentence;
    }

    /** The text of a finding: id, and the values found. */
    String text(String values) {
        return this + ": " + values;
    }

    /** The clause that a finding's text begins with. */
    static GupClause of(String text) {
        return valueOf(text.substring(0, text.indexOf(':')));
    }
}
