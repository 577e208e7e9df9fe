package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.Mode;

/**
 * What searches with one lowering have shown so far: which scenario kills it, or that none does.
 *
 * @param site place and kind of access: {@code WalkerSlot.exit#1 | STORE}
 * @param from its mode
 * @param to the weaker one
 * @param scenario whose search found a violation, or the empty string
 * @param mode the memory of that search
 * @param runs how many runs that search took; if there is none, how many were made in all scenarios
 * @param how the violation, or the empty string
 */
public record LoweringResult(String site, String from, String to, String scenario, Mode mode, long runs, String how) {

    /** {@code WalkerSlot.exit#1 | STORE RELEASE->OPAQUE}: as {@link Survivors} lists it. */
    public String name() {
        return site + " " + from + "->" + to;
    }

    public boolean survives() {
        return scenario.isEmpty();
    }

    /** The same after so many more runs without a violation. */
    LoweringResult after(long more) {
        return new LoweringResult(site, from, to, scenario, mode, runs + more, how);
    }

    /** The same after a violation in that scenario. */
    LoweringResult killed(String by, Mode memory, long afterRuns, String violation) {
        return new LoweringResult(site, from, to, by, memory, afterRuns, violation);
    }
}
