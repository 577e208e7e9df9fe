package io.pinfold.hwmodel.conformance;

/** The kind of memory behind a mapping. */
enum Backing {
    /** Private anonymous memory, in base pages. */
    PRIVATE,
    /** A memory file mapped shared; the page at an address is always the same page of the file. */
    SHARED,
    /** Private anonymous memory with the advice to use huge pages. */
    HUGE,
    /** Private memory in reserved huge pages. */
    RESERVED,
    /** The memory file of {@link #SHARED} mapped privately: stores go to copies. */
    OBJECT
}
