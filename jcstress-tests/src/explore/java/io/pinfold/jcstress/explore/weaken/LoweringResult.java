package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.Mode;

/**
 * The result of the searches with one lowering so far: the scenario that kills it, or none.
 *
 * @param site place and kind of access: {@code SharedSlot.exit#1 | STORE}
 * @param from mode of the access
 * @param to weaker mode
 * @param scenario scenario whose search found a violation, or the empty string
 * @param mode the memory of that search
 * @param runs runs of that search; without one, the runs of all scenarios
 * @param how the violation, or the empty string
 */
public record LoweringResult(String site, String from, String to, String scenario, Mode mode, long runs, String how) {

    /** {@code SharedSlot.exit#1 | STORE RELEASE->OPAQUE}: the form in {@link Survivors}. */
    public String name() {
        return site + " " + from + "->" + to;
    }

    public boolean survives() {
        return scenario.isEmpty();
    }

    /** The result after more runs without a violation. */
    LoweringResult after(long more) {
        return new LoweringResult(site, from, to, scenario, mode, runs + more, how);
    }

    /** The result after a violation in that scenario. */
    LoweringResult killed(String by, Mode memory, long afterRuns, String violation) {
        return new LoweringResult(site, from, to, by, memory, afterRuns, violation);
    }
}
