package io.pinfold.hwmodel.copy;

import io.pinfold.hwmodel.copy.CopyScene.Moment;
import io.pinfold.hwmodel.copy.CopyScene.Setting;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A corruption planted for one clause of the audit of a copy.
 *
 * @param clause     the clause that it breaks
 * @param also       the other clauses that it cannot but break, too
 * @param name       what is wrong
 * @param setting    the copy
 * @param moment     when it is planted
 * @param corruption plants it, and says what the finding of the clause is to tell
 */
record CopyPlant(CopyClause clause, Set<CopyClause> also, String name, Setting setting, Moment moment,
        Consumer<CopyScene> corruption) {

    static CopyPlant of(CopyClause clause, String name, Moment moment, Consumer<CopyScene> corruption) {
        return new CopyPlant(clause, Set.of(), name, Setting.ALONE, moment, corruption);
    }

    /** The same, which breaks other clauses as well. */
    CopyPlant with(CopyClause... others) {
        return new CopyPlant(clause, Set.of(others), name, setting, moment, corruption);
    }

    /** The same in another copy. */
    CopyPlant in(Setting other) {
        return new CopyPlant(clause, also, name, other, moment, corruption);
    }

    /** All the clauses that it breaks. */
    Set<CopyClause> broken() {
        Set<CopyClause> broken = EnumSet.of(clause);
        broken.addAll(also);
        return broken;
    }

    @Override
    public String toString() {
        return clause + ": " + name;
    }
}
