package io.pinfold.hwmodel.conformance;

/** A feature of the system that a row needs; the probe finds which are available. */
enum Need {
    /** Rings with registered buffers. */
    IO_URING("io_uring"),
    /** Exact pin counters: /proc/vmstat after a refresh, which needs root. */
    COUNTERS("pin counters"),
    /** Frame numbers and the state of frames: /proc/self/pagemap, kpagecount, kpageflags; root. */
    FRAMES("frame numbers"),
    /** Whether a leaf maps a page: a scan of /proc/self/pagemap, from 6.7 on. */
    LEAVES("leaf or not"),
    /** Transparent huge pages on advice. */
    HUGE("transparent huge pages"),
    /** Reserved huge pages of 2 MiB: the pool is raised, and restored. */
    RESERVED("hugetlb"),
    /** A file on a disk that supports direct I/O. */
    DISK("direct I/O"),
    /** Access past the protection through /proc/self/mem, which some kernels are configured to refuse. */
    FORCE("/proc/self/mem"),
    /** VmPin in /proc/self/status. */
    CHARGE("VmPin");

    private final String title;

    Need(String title) {
        this.title = title;
    }

    /** The name for reports. */
    String title() {
        return title;
    }
}
