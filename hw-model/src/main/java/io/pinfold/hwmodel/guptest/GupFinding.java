package io.pinfold.hwmodel.guptest;

/**
 * A fault that the test found.
 *
 * @param name   one of the constants here, or the name of a {@code MemoryAudit} finding in lower case with dashes
 * @param detail the id of the clause that is broken ({@code GupClause}), and the values found
 */
public record GupFinding(String name, String detail) {

    /** Finding: a page is held by a pin call and not dma-pinned. */
    public static final String NOT_PINNED = "not-pinned";
    /** Finding: a page is pinned long-term and lies in a zone that forbids long-term pins. */
    public static final String NOT_PINNABLE = "not-longterm-pinnable";
    /** Finding: a page is dma-pinned although all callers gave their pages back. */
    public static final String STILL_PINNED = "still-pinned";
    /** Finding: pins acquired and released do not differ by the pins held. */
    public static final String COUNTERS = "counters";
    /** Finding: a call obtained less than it was asked for, or nothing. */
    public static final String SHORT_CALL = "short-call";
    /** Finding: the range could not be set up, because mmap, madvise or the first touch failed. */
    public static final String SETUP = "setup";
    /** Finding: a call threw. */
    public static final String CALL_FAILED = "call-failed";
    /** Finding: the memory contradicted itself. */
    public static final String MEMORY_MODEL = "memory-model";
    /** Finding: a resource could not be given back at the end. */
    public static final String TEARDOWN = "teardown";

    @Override
    public String toString() {
        return name + ": " + detail;
    }
}
