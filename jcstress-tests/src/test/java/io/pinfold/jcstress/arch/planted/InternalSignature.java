package io.pinfold.jcstress.arch.planted;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.memory.frame.MemoryCore;
import java.util.List;

/**
 * Breaks the rule on hidden types in signatures: by a field, a parameter, a result, and inside a list; private members
 * do not count.
 */
public class InternalSignature {
    protected final MemoryCore field;
    private final SharedSlot hidden;

    public InternalSignature(MemoryCore field) {
        this.field = field;
        this.hidden = field.slots().open(0);
    }

    public final List<SharedSlot> slots() {
        return List.of(hidden);
    }

    protected MemoryCore core() {
        return field;
    }
}
