package io.pinfold.core.mm.hugetlb;

import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.words.Mutex;
import java.util.Objects;

/** The operations of a mapping of {@link HugetlbReserve}. {@link HugetlbFaults} does the work. */
public final class HugetlbVma implements VmaOperations {
    static final HugetlbVma INSTANCE = new HugetlbVma();

    private HugetlbVma() {
    }

    /** Never true, as in Linux: FOLL_ANON refuses it. */
    @Override
    public boolean isAnonymous() {
        return false;
    }

    /**
     * One lock for all faults of one object, in all spaces: of two threads at one page the second finds it in the
     * object or mapped.
     */
    @Override
    public Mutex lockOfPlace(Vma vma, long page) {
        return object(vma).mutex();
    }

    @Override
    public int privateReadOnly(Vma vma, long page, int kind, int scope, long table, long at, long entry) {
        return HugetlbFaults.privateReadOnly(vma, page, kind, scope, table, at, entry);
    }

    @Override
    public long allocateCopy(Vma vma, long page, int scope, long old) {
        return HugetlbPages.allocateOwn(vma, page, scope, old);
    }

    @Override
    public int hugeFault(Vma vma, long address, int level, int kind, int scope) {
        return level == vma.pageLevel() ? HugetlbFaults.absent(vma, address, kind, scope) : VmaOperations.FALL_BACK;
    }

    /** Reached only if a table lies where the leaf goes, which cannot be, because small pages are never mapped. */
    @Override
    public int fault(Vma vma, long address, int kind, int scope) {
        throw new IllegalStateException(
                "a table where only a leaf may be, at 0x" + Long.toHexString(address) + " of " + vma);
    }

    static HugetlbReserve object(Vma vma) {
        return (HugetlbReserve) Objects.requireNonNull(vma.object(), "a hugetlb mapping without an object");
    }
}
