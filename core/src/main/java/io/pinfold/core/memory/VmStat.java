package io.pinfold.core.memory;

import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import java.util.List;
import java.util.Map;

/**
 * Statistics of a memory at one moment, summed up when asked for ("vmstat"). Pins, hits, fall-backs, roll-backs, epochs
 * and fences only grow.
 *
 * @param nodes pins by node
 * @param fastHits pages obtained by fast walks
 * @param fallBacks fast walks that stopped early, by reason; reasons that never occurred are absent
 * @param rollBacks pages given back by fast walks, by step; steps that never occurred are absent
 * @param epochsAdvanced how often a new epoch began
 * @param heavyFences fences in all threads, which the freeing of tables, the end of device memory and close issued; 0
 *        in the locked form of slots
 * @param freeFrames frames that users can still allocate, one by one: so many times a single frame is had for memory
 *        that may be moved. Memory that may be pinned for long, which {@link FrameHandles#allocate()} asks for, gets
 *        none of ZONE_MOVABLE and none of a CMA pageblock. What page tables alone can have is not in it, nor are
 *        isolated pageblocks. Exact while no thread allocates or frees
 * @param freeTableFrames frames that page tables alone can still have: the rest of what is kept for them (of
 *        each node's ZONE_NORMAL a 64th of the node, at least 4 MiB), and those of tables that were freed. When they
 *        are used up, tables take of the freeFrames, 4 MiB at a time
 * @param allocatedFrames user frames handed out, and those that wait for read scopes
 * @param tableFrames page tables, in use or retired
 * @param retiredTables page tables that wait for walkers, or for others to share a heavy fence with
 * @param waitingFrames protected frames that were freed and wait for read scopes, or for others to share a heavy fence
 *        with; they are allocatedFrames, too
 * @param openScopes the read scopes that are open, the oldest first: whose each is, the thread that began it, and how
 *        old it is. The first one is what waitingFrames wait for
 * @param framesEverUsed frames handed out at least once; bounds what the memory can have made resident
 */
public record VmStat(List<Node> nodes, long fastHits, Map<FallBack, Long> fallBacks, Map<RollBack, Long> rollBacks,
        long epochsAdvanced, long heavyFences, long freeFrames, long freeTableFrames, long allocatedFrames,
        long tableFrames,
        long retiredTables, long waitingFrames, List<String> openScopes, long framesEverUsed) {

    /** Copies the collections. */
    public VmStat {
        nodes = List.copyOf(nodes);
        fallBacks = Map.copyOf(fallBacks);
        rollBacks = Map.copyOf(rollBacks);
        openScopes = List.copyOf(openScopes);
    }

    /**
     * Pins of the frames of one node.
     *
     * @param nrFollPinAcquired pins taken, in pages; those rolled back too
     * @param nrFollPinReleased pins given back, in pages; counted before the reference is dropped. Of those by handle:
     *     pins taken less pins that the records of all frames ever used show, exact while none is taken or given back
     */
    public record Node(long nrFollPinAcquired, long nrFollPinReleased) {
    }

    /** {@return pins taken on all nodes, in pages} */
    public long nrFollPinAcquired() {
        return nodes.stream().mapToLong(Node::nrFollPinAcquired).sum();
    }

    /** {@return pins given back on all nodes, in pages} */
    public long nrFollPinReleased() {
        return nodes.stream().mapToLong(Node::nrFollPinReleased).sum();
    }
}
