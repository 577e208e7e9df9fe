package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.Op;
import java.util.List;

/**
 * One row of a replay.
 *
 * @param strand whose step it is
 * @param event the memory's own step, such as a store that leaves the strand's buffer, in the text of schedules; empty for an access
 * @param eventName the name the memory has for it
 * @param op the access
 * @param result what it returned
 * @param way in which of its ways it went
 * @param buffered whether it went no further than the strand's own buffer
 * @param lock whether it is the taking of a lock
 * @param sites where it stands, innermost first
 * @param state the page after the step
 */
public record TraceStep(int strand, String event, long eventName, Op op, long result, int way, boolean buffered,
        boolean lock,
        List<Site> sites, String state) {
}
