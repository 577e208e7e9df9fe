package io.pinfold.hwmodel.copy;

/**
 * What the audit of a copy checks, clause by clause: the one list of it. A clause says what holds; a finding about it
 * begins with its id. What core's audit of the memory checks is a list of its own.
 *
 * <p>A condition that stands for two things is two clauses, so that no half of it can be lost unseen: {@code
 * CopyClausesTest} fails for a clause without a planted corruption, and for a corruption that other clauses report.
 */
enum CopyClause {

    // ---- the memory, when everything was given back --------------------------------------------------------------

    JOB1("", "core's audit of the memory finds nothing"), // its findings are named after the kinds of core's
    JOB2(CopyFinding.COUNTERS, "each node has as many pins released as acquired"),

    // ---- the engine ----------------------------------------------------------------------------------------------

    JOB3(CopyFinding.COMPLETED_TWICE, "a descriptor that is completed was running"),
    JOB4(CopyFinding.NEVER_COMPLETED, "as many descriptors were completed as submitted"),
    JOB5(CopyFinding.STALE_DMA, "no transfer touches a frame that was freed"),

    // ---- the rivals ----------------------------------------------------------------------------------------------

    JOB6(CopyFinding.DAMAGED_PAGE, "a rival's page holds what was stored in it until it is given back"),

    // ---- the files, if every byte was copied ---------------------------------------------------------------------

    JOB7(CopyFinding.TARGET_DIFFERS, "DST has the bytes of SRC, and no others"),
    JOB8(CopyFinding.TARGET_DIFFERS, "SRC and DST can be compared"),
    JOB9(CopyFinding.TARGET_DIFFERS, "DST can be given its name"),

    // ---- the job -------------------------------------------------------------------------------------------------

    JOB10(CopyFinding.JOB_FAILED, "the driver copies every chunk"),
    JOB11(CopyFinding.JOB_FAILED, "nothing else throws on the thread of the driver"),
    JOB12(CopyFinding.JOB_FAILED, "nothing throws on the thread of the engine"),
    JOB13(CopyFinding.MEMORY_MODEL, "the memory does not contradict itself while the driver is at work"),
    JOB14(CopyFinding.MEMORY_MODEL, "the memory does not contradict itself while all but itself is given back"),
    JOB15(CopyFinding.TEARDOWN, "all but the memory and the files can be given back"),
    JOB16(CopyFinding.TEARDOWN, "the memory and the files can be closed");

    private final String finding;
    private final String sentence;

    CopyClause(String finding, String sentence) {
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
    static CopyClause of(String text) {
        return valueOf(text.substring(0, text.indexOf(':')));
    }
}
