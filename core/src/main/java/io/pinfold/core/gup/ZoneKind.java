package io.pinfold.core.gup;

/** What the frames of a pfn range may be used for. */
public enum ZoneKind {
    /** Everything, long-term pins included. */
    NORMAL,
    /** User pages that can be moved; never long-term pinned. */
    MOVABLE,
    /** Device memory. */
    DEVICE,
    /** No memory: the gap below the device window. */
    HOLE;
}
