package io.pinfold.hwmodel.copy;

/**
 * Something the audit found wrong.
 *
 * @param name   one of the constants here, or the name of a {@code MemoryAudit} finding in lower case with dashes
 * @param detail with the values
 */
public record CopyFinding(String name, String detail) {

    /** Pins acquired and released do not balance. */
    public static final String COUNTERS = "counters";
    /** Source and target differ. */
    public static final String TARGET_DIFFERS = "target-differs";
    /** A descriptor was completed more than once. */
    public static final String COMPLETED_TWICE = "completed-twice";
    /** A descriptor was submitted and never given back. */
    public static final String NEVER_COMPLETED = "never-completed";
    /** A transfer touched a frame that was freed meanwhile. */
    public static final String STALE_DMA = "stale-dma";
    /** A page of a rival does not hold what the rival stored. */
    public static final String DAMAGED_PAGE = "damaged-page";
    /** The memory contradicted itself while the job ran, for instance by a frame freed twice. */
    public static final String MEMORY_MODEL = "memory-model";
    /** The job could not be finished. */
    public static final String JOB_FAILED = "job-failed";
    /** Something could not be given back at the end. */
    public static final String TEARDOWN = "teardown";

    @Override
    public String toString() {
        return name + ": " + detail;
    }
}
