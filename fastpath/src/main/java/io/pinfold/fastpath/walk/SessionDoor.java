package io.pinfold.fastpath.walk;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.MemoryCore;

/** The base class of a GupSession, which holds its slot and its walk for {@link FastCalls}. */
public abstract class SessionDoor {
    final PhysicalMemory memory;
    final MemoryCore core;
    final SessionSlot slot;
    final WalkTally tally;
    final FastWalk walk;

    /** A door to a walk of {@code memory} in {@code slot}. */
    protected SessionDoor(PhysicalMemory memory, SessionSlot slot) {
        this.memory = memory;
        this.core = Bridge.core(memory);
        this.slot = slot;
        this.tally = new WalkTally(core, slot);
        this.walk = new FastWalk(core, tally, slot.stripe());
    }
}
