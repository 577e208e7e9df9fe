package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.Mode;

/**
 * What became of one lowering.
 *
 * @param site place and kind of access: {@code WalkerSlot.exit#1 | STORE}
 * @param from its mode
 * @param to the weaker one
 * @param scenario whose search broke, or the empty string
 * @param mode the memory of that search
 * @param runs how many it took; if none broke, how many were made in all scenarios
 * @param how the violation, or the empty string
 */
public record Fate(String site, String from, String to, String scenario, Mode mode, long runs, String how) {

    /** {@code WalkerSlot.exit#1 | STORE RELEASE->OPAQUE}: as {@link Survivors} lists it. */
    public String name() {
        return site + " " + from + "->" + to;
    }

    public boolean survives() {
        return scenario.isEmpty();
    }

    /** One that no scenario has noticed so far, after so many runs more. */
    Fate after(long more) {
        return new Fate(site, from, to, scenario, mode, runs + more, how);
    }

    /** One that a scenario has noticed. */
    Fate killed(String by, Mode memory, long afterRuns, String violation) {
        return new Fate(site, from, to, by, memory, afterRuns, violation);
    }
}
