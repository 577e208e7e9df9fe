package io.pinfold.core.memory.frame;

import io.pinfold.core.geometry.TableShape;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;

/**
 * The huge zero page of a memory: a folio of zeros that every address space maps for loads from huge memory that was
 * never stored to. It is allocated when the first space needs it, and never written. Gets and pins are counted on it as
 * on any large folio (unlike those of the 4 KiB zero page); a mapping counts nothing.
 *
 * <p>Its life depends on a user count of its own: one for each space that has ever mapped it, until that space is
 * closed, and one for the shrinker. A reference only delays the return of the frames.
 *
 * <pre>
 * Space                                                Shrinker
 * ZERO1 users: n -&gt; n + 1 unless 0, CAS; done if so    SHRINK1 users: 1 -&gt; 0, CAS; else it is in use
 * ZERO2 under the mutex, again ZERO1; allocate, zero,  SHRINK2 the page has no user: PFN := 0
 *       PFN := it                                      SHRINK3 drop the allocation's reference
 * ZERO3 users := 2, release                                    (SHRINK1 to SHRINK3 under the mutex)
 * ZERO4 no longer mapped: users -= 1, volatile
 * </pre>
 *
 * <p>ZERO1 and SHRINK1 are compare-and-sets of one word: either the space counts and SHRINK1 fails, or SHRINK1 came
 * first and ZERO1 sees 0. ZERO3 publishes the zeros and PFN to every space that passes ZERO1 later. The mutex only
 * keeps two allocations, and an allocation and SHRINK2, apart.
 *
 * <p>Kernel: mm_get_huge_zero_page(), shrink_huge_zero_page_scan().
 */
public final class HugeZero {
    /** log2 of its pages: what a PMD leaf maps. */
    private static final int ORDER = TableShape.bitsPerLevel();

    private static final int PFN = 0;
    private static final int USERS = 8;
    private static final int BYTES = 16;

    private final MemoryCore memory;
    private final long control;
    private final Mutex mutex = new Mutex("huge zero page");

    HugeZero(MemoryCore memory, Arena arena) {
        this.memory = memory;
        this.control = ControlMemory.allocate(arena, "huge zero page", BYTES, Long.BYTES).address();
    }

    /**
     * Its first frame; 0 when there is none. It stays as long as the caller counts as a user. Of a closed memory it is
     * what it was.
     */
    public long pfn() {
        return Words.getLongVolatile(control + PFN);
    }

    /** Users now, the shrinker included; 0 when there is no page. Of a closed memory those that it had. */
    public int users() {
        return Words.getIntVolatile(control + USERS);
    }

    /**
     * Counts the caller, which holds a {@link Use}, as a user, with a page made if there is none.
     *
     * @return the first frame, or -ENOMEM and nothing is counted
     * @throws MemoryClosedException if the memory is closed
     */
    public long use() {
        memory.requireMapped();
        if (tryUse()) { // ZERO1
            return pfn();
        }
        mutex.lock();
        try {
            return tryUse() ? pfn() : allocate(); // ZERO2
        } finally {
            mutex.unlock();
        }
    }

    private boolean tryUse() {
        long word = control + USERS;
        int users = Words.getIntVolatile(word);
        while (users != 0) {
            int found = Words.compareAndExchangeInt(word, users, users + 1); // ZERO1 -> SHRINK1
            if (found == users) {
                return true;
            }
            users = found;
        }
        return false;
    }

    private long allocate() {
        long pfn = memory.blocks().allocate(ORDER, Blocks.NORMAL);
        if (pfn > 0) {
            Words.fill(memory.frameAddress(pfn), (long) Align.PAGE_BYTES << ORDER, (byte) 0);
            long _ = PageFlags.set(PageLayout.record(memory.recordBase(), pfn), PageFlags.UPTODATE);
            Words.setLongVolatile(control + PFN, pfn);
            Words.setIntRelease(control + USERS, 2); // ZERO3
        }
        return pfn;
    }

    /**
     * Takes the caller back out of the users: it maps the page nowhere any more, and no {@code Cpu} reads through an
     * old entry. Touches no frame, so it works on a closed memory, too.
     *
     * @throws IllegalStateException if only the shrinker is counted
     */
    public void unuse() {
        int users = Words.getAndAddInt(control + USERS, -1); // ZERO4 -> SHRINK1
        if (users < 2) {
            int _ = Words.getAndAddInt(control + USERS, 1);
            throw new IllegalStateException("the huge zero page has " + users + " users and nobody to take out");
        }
    }

    /** Gives the page up if no space uses it any more; its frames come back when the last get or pin is gone. */
    public boolean shrink() {
        FreeBatch freed = new FreeBatch(memory);
        mutex.lock();
        try {
            if (!Words.compareAndSetInt(control + USERS, 1, 0)) { // SHRINK1 -> ZERO1
                return false;
            }
            long pfn = pfn();
            Words.setLongVolatile(control + PFN, 0); // SHRINK2
            Grab.putReferences(memory, pfn, 1, freed); // SHRINK3
        } finally {
            mutex.unlock();
        }
        freed.drain();
        return true;
    }

    /** Its frames, if only the allocation holds it; else 0. The memory cannot close meanwhile. */
    long idleFrames() {
        long pfn = pfn();
        return pfn != 0 && isIdle(pfn, PageRefs.refCount(memory.recordAddress(pfn))) ? 1L << ORDER : 0;
    }

    /** Whether the frame is of the page, and only the allocation holds it, so that it is no leak. */
    public boolean isIdle(long headPfn, int refCount) {
        return headPfn == pfn() && users() == 1 && refCount == 1;
    }
}
