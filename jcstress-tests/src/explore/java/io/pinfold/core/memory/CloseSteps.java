package io.pinfold.core.memory;

import io.pinfold.core.epoch.MemoryState;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.MemoryCore;
import java.lang.reflect.Field;

/**
 * The steps CLOSE1 to CLOSE6 of {@link PhysicalMemory#close}, except that uses are not looked at (a scenario has a
 * space) and that frames are not given back, which a search could not undo. It is in the product's package, because
 * close reads package-private parts.
 */
public final class CloseSteps {
    private final PhysicalMemory memory;
    private final MemoryCore core;
    private final long others;

    /** The steps for one memory; what is handed out now counts as the space's. */
    public CloseSteps(PhysicalMemory memory) {
        this.memory = memory;
        this.core = Bridge.core(memory);
        this.others = core.framesOut();
    }

    /**
     * Does CLOSE1 to CLOSE4; returns whether nothing was held. If so, no thread touches frames or records until {@link
     * #reopen}.
     */
    public boolean bar() {
        core.bar(); // CLOSE1 CLOSE2
        if (!core.slots().openScopes().isEmpty() || !Bridge.batches(memory).held().isEmpty()) { // CLOSE3
            return false;
        }
        core.barAllocation(); // CLOSE4
        return core.framesOut() == others && memory.handles().viewed().isEmpty();
    }

    /**
     * Does CLOSE6 but for the giving back: from here on every caller is refused. After a {@link #bar} that found
     * nothing held.
     */
    public void finish() {
        core.state().set(MemoryState.CLOSED); // CLOSE6
    }

    /** Whether calls are told that the memory is gone, as after the giving back; a scenario takes it back. */
    public void setGone(boolean isGone) {
        try {
            Field gone = MemoryCore.class.getDeclaredField("isGone");
            gone.setAccessible(true);
            gone.setBoolean(core, isGone);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the product has no such field any more", e);
        }
    }

    /** Does CLOSE5: callers may enter again. */
    public void reopen() {
        core.reopen();
    }
}
