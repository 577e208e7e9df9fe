package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.Op;
import java.util.List;

/**
 * One row of a replay.
 *
 * @param strand strand of the step
 * @param event the memory's own step, such as a store that leaves the strand's buffer, in the text of schedules; empty
 *              for an access
 * @param eventName the memory's name of the event
 * @param op the access
 * @param result result of the access
 * @param way way of the access
 * @param buffered whether it stayed in the strand's own buffer
 * @param lock whether it takes a lock
 * @param sites call sites, innermost first
 * @param state the page after the step
 */
public record TraceStep(int strand, String event, long eventName, Op op, long result, int way, boolean buffered,
        boolean lock,
        List<Site> sites, String state) {
}
