package io.pinfold.core.gup;

/** When an address space maps anonymous memory by huge leaves on its own account (transparent_hugepage/enabled). */
public enum ThpPolicy {
    /** Never, whatever the advice. */
    NEVER,
    /** Where {@code AddressSpace.MADV_HUGEPAGE} was given. */
    MADVISE,
    /** Everywhere but where {@code AddressSpace.MADV_NOHUGEPAGE} was given. */
    ALWAYS;

    /**
     * Whether a mapping may have huge leaves.
     *
     * @param isAdvised whether the advice for them was given
     * @param isRefused whether the advice against them was given, which always decides
     * @return whether a fault may map a huge leaf
     */
    public boolean permits(boolean isAdvised, boolean isRefused) {
        return this != NEVER && !isRefused && (this == ALWAYS || isAdvised);
    }
}
