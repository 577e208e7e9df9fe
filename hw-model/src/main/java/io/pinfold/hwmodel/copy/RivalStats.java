package io.pinfold.hwmodel.copy;

/**
 * The counts of the rivals' actions.
 *
 * @param turns        visits to a window in flight that replaced its pages
 * @param raids        visits at any time: unmapping, mapping again, protecting
 * @param churns       times a rival gave all its own pages back and took new ones
 * @param faults       stores to an address that another rival had unmapped or protected
 * @param outOfMemory  pages a rival did not get
 * @param damagedPages a rival's own pages that no longer held what it had stored: hit by a stray transfer
 */
public record RivalStats(long turns, long raids, long churns, long faults, long outOfMemory, long damagedPages) {

    RivalStats plus(RivalStats other) {
        return new RivalStats(turns + other.turns, raids + other.raids, churns + other.churns, faults + other.faults,
                outOfMemory + other.outOfMemory, damagedPages + other.damagedPages);
    }
}
