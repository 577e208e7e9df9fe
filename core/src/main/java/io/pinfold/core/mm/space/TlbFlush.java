package io.pinfold.core.mm.space;

import io.pinfold.core.memory.frame.MemoryCore;

/**
 * The flush: after it no {@code Cpu} of the space still uses an entry that was taken out or narrowed before.
 *
 * <p><b>Protocol CPU vs MUTATOR</b> (shape: store buffering).
 * <pre>
 *   cpu:     CPU1 enter the slot with the epoch (volatile RMW)   CPU2 load the entry (volatile)
 *            CPU3 set accessed and dirty in the entry (volatile CAS)   CPU4 access the frame
 *            CPU5 leave the slot (release)
 *   mutator: FLUSH1 exchange the entry (volatile RMW)   FLUSH2 advance the epoch (volatile RMW)
 *            FLUSH3 wait until no slot of this space holds an epoch up to the old one (volatile loads)
 *            FLUSH4 drop the reference, or tell the caller that the permission is gone
 *   must not happen: CPU2 sees the old entry, and CPU4 comes after FLUSH4
 * </pre>
 * CPU1, CPU2, FLUSH1, FLUSH2 and FLUSH3 are volatile, so either FLUSH3 reads CPU1 and waits for CPU5, or CPU2 comes
 * after FLUSH1 and reads the new entry. CPU4 lies between CPU1 and CPU5, and FLUSH3 reads what CPU5 released, so CPU4
 * happens before FLUSH4. CPU3 and FLUSH1 are read-modify-writes of one word: either nothing is stored through an entry
 * that was taken out, or FLUSH1 returned its dirty bit. Frames need only this: sessions need no wait, because they hold
 * a counted reference and check the entry again.
 */
public final class TlbFlush {
    private TlbFlush() {
    }

    /** Returns when every {@code Cpu} access of {@code space} that may have read an older entry is over. */
    public static void flush(Mm mm) {
        MemoryCore memory = mm.memory();
        long epoch = memory.slots().advance(); // FLUSH2
        memory.slots().awaitPassed(epoch, mm.id()); // FLUSH3
    }
}
