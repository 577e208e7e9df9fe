package io.pinfold.fastpath.walk;

import static io.pinfold.core.foll.FollBits.FOLL_PIN;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.memory.batch.PageList;
import io.pinfold.core.memory.frame.Counters;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageFlags;

/**
 * The results of a walk besides pages: counts, and frames whose last reference it dropped.
 *
 * <p>Touched only while the session's slot is held: counts of reasons and steps go to the slot, counts of pins to the
 * batch that is being filled. The frames also belong to that batch, so that they can be freed after the slot is left
 * without another user of the session in between.
 */
final class WalkTally {

    private final MemoryCore memory;
    private final SessionSlot slot;
    private final boolean singleNode;
    /** Set by {@link #begin}, which is called before everything else. */
    @SuppressWarnings("NullAway.Init")
    private HeldPages batch;

    WalkTally(MemoryCore memory, SessionSlot slot) {
        this.memory = memory;
        this.slot = slot;
        this.singleNode = memory.nodes() == 1;
    }

    /**
     * Begins a walk for {@code filling}. It tests first, because a store of a reference takes longer than the test and
     * is mostly not needed.
     */
    @SuppressWarnings("ReferenceEquality") // the very same batch
    void begin(HeldPages filling) {
        if (batch != filling) {
            batch = filling;
        }
    }

    /** The batch that the walk fills. */
    HeldPages batch() {
        return batch;
    }

    /** The list of frames whose last reference the walk drops. */
    FreeBatch deferred() {
        return batch.deferred();
    }

    /** Counts the {@code n} pages that the walk holds at its end. */
    void obtained(int n, int flags) {
        slot.count(Counters.FAST_HITS, n);
        if ((flags & FOLL_PIN) == 0) {
            return;
        }
        if (singleNode) {
            batch.countAcquired(0, n);
        } else {
            batch.countAcquiredByNode();
        }
    }

    /** Counts a walk that stopped before its end. */
    void stopped(FallBack why) {
        slot.count(Counters.of(why), 1);
    }

    /**
     * Counts how often a grab found another folio than it had looked up, and took the reference back; pins are counted
     * later.
     */
    void headMoved(int times) {
        slot.count(Counters.of(RollBack.HEAD_MOVED), times);
    }

    /** Gives back exactly what {@code token} stands for: pins count as released before they are dropped (O9). */
    void giveBack(RollBack step, long token) {
        slot.count(Counters.of(step), Grab.pages(token));
        int pins = Grab.countedPins(token);
        if (pins > 0) {
            int node = memory.nodeOf(Grab.headPfn(token));
            batch.countAcquired(node, pins);
            batch.countReleased(node, pins);
        }
        Grab.undo(memory, token, batch.deferred());
    }

    /**
     * Gives back the last {@code count} of {@code n} pages, in reverse, each as it was taken.
     *
     * @param withHint whether the referenced hint goes, too
     */
    void giveBackLast(RollBack step, int n, int count, int flags, boolean withHint) {
        if (batch instanceof PageList list) {
            list.filled(n);
        }
        for (int i = 0; i < count; i++) {
            long token = Grab.tokenOfHeld(memory, batch.takeLast(), 1, flags);
            if (withHint) {
                PageFlags.clear(memory.recordAddress(Grab.headPfn(token)), PageFlags.REFERENCED);
            }
            giveBack(step, token);
        }
    }
}
