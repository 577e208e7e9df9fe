package io.pinfold.core.mm;

/** When an address space maps anonymous memory by huge leaves on its own account (transparent_hugepage/enabled). */
public enum ThpPolicy {
    /** Never, whatever the advice. */
    NEVER,
    /** Where {@link AddressSpace#MADV_HUGEPAGE} was given. */
    MADVISE,
    /** Everywhere but where {@link AddressSpace#MADV_NOHUGEPAGE} was given. */
    ALWAYS;

    boolean permits(Vma vma) {
        boolean isUnadvised = (vma.flags() & (Vma.VM_HUGEPAGE | Vma.VM_NOHUGEPAGE)) == 0;
        return this != NEVER && (vma.flags() & Vma.VM_NOHUGEPAGE) == 0 && (this == ALWAYS || !isUnadvised);
    }
}
