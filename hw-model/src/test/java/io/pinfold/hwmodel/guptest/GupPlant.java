package io.pinfold.hwmodel.guptest;

import io.pinfold.hwmodel.guptest.GupScene.Moment;
import io.pinfold.hwmodel.guptest.GupScene.Setting;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A corruption planted for one clause of the checks of a gup-test.
 *
 * @param clause     the clause that it breaks
 * @param also       the other clauses that it cannot but break, too
 * @param name       what is wrong
 * @param setting    the test
 * @param moment     when it is planted
 * @param corruption plants it, and says what the finding of the clause is to tell
 */
record GupPlant(GupClause clause, Set<GupClause> also, String name, Setting setting, Moment moment,
        Consumer<GupScene> corruption) {

    static GupPlant of(GupClause clause, String name, Moment moment, Consumer<GupScene> corruption) {
        return new GupPlant(clause, Set.of(), name, Setting.PINS, moment, corruption);
    }

    /** The same, which breaks other clauses as well. */
    GupPlant with(GupClause... others) {
        return new GupPlant(clause, Set.of(others), name, setting, moment, corruption);
    }

    /** The same in another test. */
    GupPlant in(Setting other) {
        return new GupPlant(clause, also, name, other, moment, corruption);
    }

    /** All the clauses that it breaks. */
    Set<GupClause> broken() {
        Set<GupClause> broken = EnumSet.of(clause);
        broken.addAll(also);
        return broken;
    }

    @Override
    public String toString() {
        return clause + ": " + name;
    }
}
