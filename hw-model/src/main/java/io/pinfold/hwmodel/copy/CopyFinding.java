package io.pinfold.hwmodel.copy;

/**
 * A fault that the audit found.
 *
 * @param name   one of the constants here, or the name of a {@code MemoryAudit} finding in lower case with dashes
 * @param detail the id of the clause that is broken ({@code CopyClause}), and the values found
 */
public record CopyFinding(String name, String detail) {

    /** Finding: pins acquired and released do not balance. */
    public static final String COUNTERS = "counters";
    /** Finding: source and target differ. */
    public static final String TARGET_DIFFERS = "target-differs";
    /** Finding: a descriptor was completed more than once. */
    public static final String COMPLETED_TWICE = "completed-twice";
    /** Finding: a descriptor was submitted and never given back. */
    public static final String NEVER_COMPLETED = "never-completed";
    /** Finding: a transfer touched a frame that was freed meanwhile. */
    public static final String STALE_DMA = "stale-dma";
    /** Finding: a page of a rival does not hold what the rival stored. */
    public static final String DAMAGED_PAGE = "damaged-page";
    /** Finding: the memory contradicted itself while the job ran, for instance by a frame freed twice. */
    public static final String MEMORY_MODEL = "memory-model";
    /** Finding: the job could not be finished. */
    public static final String JOB_FAILED = "job-failed";
    /** Finding: a resource could not be given back at the end. */
    public static final String TEARDOWN = "teardown";

    @Override
    public String toString() {
        return name + ": " + detail;
    }
}
