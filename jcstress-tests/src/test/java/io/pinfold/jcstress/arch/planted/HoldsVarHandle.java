package io.pinfold.jcstress.arch.planted;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** Breaks the rule that only Words holds VarHandles. */
public final class HoldsVarHandle {
    static final VarHandle LONGS = ValueLayout.JAVA_LONG.varHandle();

    private HoldsVarHandle() {
    }
}
