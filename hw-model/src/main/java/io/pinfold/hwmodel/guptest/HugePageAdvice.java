package io.pinfold.hwmodel.guptest;

/** Whether the range is advised to use transparent huge pages. */
public enum HugePageAdvice {
    /** No advice. */
    DEFAULT,
    /** MADV_HUGEPAGE. */
    ALWAYS,
    /** MADV_NOHUGEPAGE. */
    NEVER
}
