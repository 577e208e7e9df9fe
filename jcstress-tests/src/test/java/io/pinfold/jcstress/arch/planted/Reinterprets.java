package io.pinfold.jcstress.arch.planted;

import java.lang.foreign.MemorySegment;
import java.util.function.LongFunction;

/** Breaks the rule that restricted methods are called in one class, by a call and by a method reference. */
public final class Reinterprets {
    private Reinterprets() {
    }

    @SuppressWarnings("restricted")
    static MemorySegment call() {
        return MemorySegment.NULL.reinterpret(8);
    }

    @SuppressWarnings("restricted")
    static LongFunction<MemorySegment> reference() {
        return MemorySegment.NULL::reinterpret;
    }
}
