package io.pinfold.core.internal;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * A corruption planted for one clause of the audits.
 *
 * @param clause the clause that it breaks
 * @param also the other clauses that it cannot but break, too
 * @param name what is wrong
 * @param corruption plants it, leaves with the world how it is taken back, and answers the frame that the clause
 *        reports it at, 0 for the whole memory
 */
record AuditPlant(AuditClause clause, Set<AuditClause> also, String name, ToLongFunction<AuditWorld> corruption) {

    static AuditPlant of(AuditClause clause, String name, ToLongFunction<AuditWorld> corruption) {
        return new AuditPlant(clause, Set.of(), name, corruption);
    }

    /** The same, which breaks other clauses as well. */
    AuditPlant with(AuditClause... others) {
        return new AuditPlant(clause, Set.of(others), name, corruption);
    }

    /** All the clauses that it breaks. */
    Set<AuditClause> broken() {
        Set<AuditClause> broken = EnumSet.of(clause);
        broken.addAll(also);
        return broken;
    }

    @Override
    public String toString() {
        return clause + ": " + name;
    }
}
