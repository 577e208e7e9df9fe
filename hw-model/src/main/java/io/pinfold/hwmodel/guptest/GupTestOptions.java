package io.pinfold.hwmodel.guptest;

import io.pinfold.core.pgtable.Geometry;
import java.util.List;

/**
 * The options of a test.
 *
 * @param megabytes    size of the range, in MiB, 1 to {@value #MEGABYTES_MAX}
 * @param repeats      runs of each caller with each call, at least 1
 * @param pagesPerCall pages asked for by one call, at least 1
 * @param calls        kinds of calls, one after the other; at least one
 * @param flags        FOLL_ flags of every call, unchecked: the calls refuse unknown flags
 * @param threads      callers, which all work on the same range, 1 to {@value #THREADS_MAX}
 * @param hugePages    advice given for the range
 * @param hugetlb      whether the range is of hugetlb pages
 * @param shared       whether it is shared memory, not private
 * @param pretouch     whether every page is written to once beforehand; else the first calls fault
 * @param extents      whether the calls fill extents, not lists of pages
 * @param dump         indices of pages to dump while they are held, from 0, at most {@value #DUMP_MAX}
 */
public record GupTestOptions(long megabytes, int repeats, int pagesPerCall, List<GupCall> calls, int flags, int threads,
        HugePageAdvice hugePages, boolean hugetlb, boolean shared, boolean pretouch, boolean extents, List<Long> dump) {

    /** Size of the range by default. */
    public static final int MEGABYTES = 128;
    /** The largest range: 64 GiB. */
    public static final int MEGABYTES_MAX = 1 << 16;
    /** The largest number of callers. */
    public static final int THREADS_MAX = 64;
    /** The largest number of pages to dump. */
    public static final int DUMP_MAX = 8;

    private static final int MEGABYTE_SHIFT = 20;

    /** Checks everything that can be checked without a memory. */
    public GupTestOptions {
        require(megabytes >= 1 && megabytes <= MEGABYTES_MAX, megabytes + " MB: 1 to " + MEGABYTES_MAX
                + " are possible");
        require(repeats >= 1, repeats + " repeats: there must be 1 at least");
        require(pagesPerCall >= 1, pagesPerCall + " pages per call: there must be 1 at least");
        require(threads >= 1 && threads <= THREADS_MAX, threads + " threads: 1 to " + THREADS_MAX + " are possible");
        require(!calls.isEmpty(), "there is nothing to call");
        calls = List.copyOf(calls);
        require(!hugetlb || (megabytes << MEGABYTE_SHIFT) % Geometry.levelBytes(Geometry.PMD) == 0, megabytes
                + " MB are no whole number of hugetlb pages of " + Geometry.levelBytes(Geometry.PMD) + " bytes");
        require(!hugetlb || hugePages == HugePageAdvice.DEFAULT, "hugetlb pages take no advice about huge pages");
        require(dump.size() <= DUMP_MAX, dump.size() + " pages to dump: " + DUMP_MAX + " at most are possible");
        dump = List.copyOf(dump);
        for (long index : dump) {
            require(index >= 0 && index < pages(megabytes), "there is no page " + index + " to dump: " + megabytes
                    + " MB are the pages 0 to " + (pages(megabytes) - 1));
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new GupTestRefusedException(otherwise);
        }
    }

    /** Size of the range in bytes. */
    public long bytes() {
        return megabytes << MEGABYTE_SHIFT;
    }

    /** Size of the range in pages. */
    public long pages() {
        return pages(megabytes);
    }

    private static long pages(long megabytes) {
        return megabytes << MEGABYTE_SHIFT - Geometry.PAGE_SHIFT;
    }
}
