package io.pinfold.core.mm;

import io.pinfold.core.memory.PhysicalMemory;

/**
 * Makes sure that no {@link Cpu} of a space still works with an entry that was taken out or narrowed before.
 *
 * <p><b>Protocol CPU vs MUTATOR</b> (shape: store buffering).
 * <pre>
 *   cpu:     U1 enter the slot with the epoch (volatile RMW)   U2 load the entry (volatile)   U3 access the frame
 *            U4 leave the slot (release)
 *   mutator: T1 exchange the entry (volatile RMW)   T2 advance the epoch (volatile RMW)
 *            T3 wait until no slot of this space holds an epoch up to the old one (volatile loads)
 *            T4 drop the reference, or tell the caller that the permission is gone
 *   must not happen: U2 sees the old entry, and U3 comes after T4
 * </pre>
 * U1, U2, T1, T2 and T3 are volatile, so either T3 sees U1 and waits for U4, or U2 comes after T1 and sees the new entry.
 * U3 lies between U1 and U4, and T3 reads what U4 released, so U3 happens before T4. Frames need only this: sessions are
 * not waited for, they hold a counted reference and check the entry again.
 */
final class TlbFlush {
    private TlbFlush() {
    }

    /** Returns when every {@code Cpu} access of {@code space} that may have seen an older entry is over. */
    static void flush(AddressSpace space) {
        PhysicalMemory memory = space.memory();
        long epoch = memory.slots().advance(); // T2
        memory.slots().awaitPassed(epoch, space.id()); // T3
    }
}
