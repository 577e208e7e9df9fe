package io.pinfold.hwmodel.guptest;

/**
 * Something that must not be.
 *
 * @param name   one of the constants here, or the name of a {@code MemoryAudit} finding in lower case with dashes
 * @param detail with the values
 */
public record GupFinding(String name, String detail) {

    /** A page is held by a pin call and not dma-pinned. */
    public static final String NOT_PINNED = "not-pinned";
    /** A page is held for long and lies where nothing may stay for long. */
    public static final String NOT_PINNABLE = "not-longterm-pinnable";
    /** A page is dma-pinned although everybody let go. */
    public static final String STILL_PINNED = "still-pinned";
    /** Pins acquired and released do not differ by the pins held. */
    public static final String COUNTERS = "counters";
    /** A call obtained less than it was asked for, or nothing. */
    public static final String SHORT_CALL = "short-call";
    /** The range could not be set up: mmap, madvise or the first touch failed. */
    public static final String SETUP = "setup";
    /** A call threw. */
    public static final String CALL_FAILED = "call-failed";
    /** The memory contradicted itself. */
    public static final String MEMORY_MODEL = "memory-model";
    /** Something could not be given back at the end. */
    public static final String TEARDOWN = "teardown";

    @Override
    public String toString() {
        return name + ": " + detail;
    }
}
