package io.pinfold.hwmodel.guptest;

/** The advice on transparent huge pages for the range. */
public enum HugePageAdvice {
    /** No advice. */
    DEFAULT,
    /** MADV_HUGEPAGE. */
    ALWAYS,
    /** MADV_NOHUGEPAGE. */
    NEVER
}
