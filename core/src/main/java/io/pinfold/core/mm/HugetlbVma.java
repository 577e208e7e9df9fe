package io.pinfold.core.mm;

import java.util.Objects;

/** A mapping of {@link HugetlbMemory}. All of it is done by {@link HugetlbFaults}. */
final class HugetlbVma implements VmaOperations {
    static final HugetlbVma INSTANCE = new HugetlbVma();

    private HugetlbVma() {
    }

    /** Never, as in Linux: FOLL_ANON refuses it. */
    @Override
    public boolean isAnonymous() {
        return false;
    }

    @Override
    public int hugeFault(Vma vma, long address, int level, int kind, int scope) {
        return level == vma.pageLevel() ? HugetlbFaults.absent(vma, address, kind, scope) : Faults.FALL_BACK;
    }

    /** Reached only if a table is in the way of the leaf, which nothing leaves there: small pages are never mapped. */
    @Override
    public int fault(Vma vma, long address, int kind, int scope) {
        throw new IllegalStateException(
                "a table where only a leaf may be, at 0x" + Long.toHexString(address) + " of " + vma);
    }

    @Override
    public void opened(Vma vma) {
        object(vma).link(vma);
    }

    @Override
    public void closed(Vma vma) {
        object(vma).unlink(vma);
    }

    static HugetlbMemory object(Vma vma) {
        return (HugetlbMemory) Objects.requireNonNull(vma.object(), "a hugetlb mapping without an object");
    }
}
