package io.pinfold.hwmodel.conformance;

/** What a row needs of the system; the probe says what there is. */
enum Need {
    /** Rings with registered buffers. */
    IO_URING("io_uring"),
    /** Exact pin counters: /proc/vmstat after a refresh, which wants root. */
    COUNTERS("pin counters"),
    /** Frame numbers and what is known of frames: /proc/self/pagemap, kpagecount, kpageflags; root. */
    FRAMES("frame numbers"),
    /** Whether a leaf maps a page: a scan of /proc/self/pagemap, from 6.7 on. */
    LEAVES("leaf or not"),
    /** Transparent huge pages on advice. */
    HUGE("transparent huge pages"),
    /** Reserved huge pages of 2 MiB: the pool is raised, and put back. */
    RESERVED("hugetlb"),
    /** A file on a disk that can be read and written past the page cache. */
    DISK("direct I/O"),
    /** Access past the protection through /proc/self/mem, which some kernels are told to refuse. */
    FORCE("/proc/self/mem"),
    /** VmPin in /proc/self/status. */
    CHARGE("VmPin");

    private final String title;

    Need(String title) {
        this.title = title;
    }

    /** For people. */
    String title() {
        return title;
    }
}
