package io.pinfold.jcstress.arch.planted;

import java.lang.foreign.MemorySegment;

/** Breaks the rule that hot classes keep addresses. */
public final class HoldsSegment {
    final MemorySegment segment = MemorySegment.NULL;
}
