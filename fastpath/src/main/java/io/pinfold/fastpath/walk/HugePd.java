package io.pinfold.fastpath.walk;

import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.words.Align;
import org.jspecify.annotations.Nullable;

/**
 * A directory of huge entries, in a geometry that has them: an upper entry names a table whose entries each map
 * {@code 1 << shift} bytes. Each goes through the steps of a huge leaf; one that fails ends the walk, and what was
 * obtained before stays. Kernel: gup_huge_pd(), for machines that are out of use by now.
 */
final class HugePd {

    private final HugeLeaf leaves;
    private final long frameBasePage;
    private final long frames;

    HugePd(MemoryCore memory, HugeLeaf leaves) {
        this.leaves = leaves;
        this.frameBasePage = memory.frameBasePage();
        this.frames = memory.frames();
    }

    /**
     * Grabs up to {@code pages} pages of what the directory maps.
     *
     * @param directoryAddress where the upper entry is
     * @param directory        what was read there
     * @param areaShift        log2 of the bytes that the upper entry covers
     * @param pages            number of pages requested: not beyond that area
     * @return pages obtained now; less than {@code pages} after a stop
     */
    int grab(long directoryAddress, long directory, int areaShift, long address, int pages, int from, int flags,
            int @Nullable [] pfns) {
        long table = Entry.pfn(directory);
        if (table >= frames) {
            throw FastWalk.outOfRange(directoryAddress, directory, frames);
        }
        long entries = ((frameBasePage & Align.PAGE_NUMBER_MASK) + table) << Align.PAGE_SHIFT;
        int shift = NonPresent.hugepdShift(directory);
        long at = address;
        int obtained = 0;
        while (obtained < pages) {
            long entryAddress = entries + (((at & (1L << areaShift) - 1) >>> shift) << Geometry.ENTRY_SHIFT);
            long leaf = Entries.load(entryAddress);
            int wanted = FastWalk.pagesUpTo(at, shift, pages - obtained);
            if (leaves.grab(entryAddress, leaf, shift, at, wanted, from + obtained, flags, pfns) < wanted) {
                break;
            }
            obtained += wanted;
            at += (long) wanted << Geometry.PAGE_SHIFT;
        }
        return obtained;
    }
}
