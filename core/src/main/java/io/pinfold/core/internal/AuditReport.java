package io.pinfold.core.internal;

import java.util.List;

/**
 * Takes what the audits find. It is the one way from a clause that does not hold to a finding: every audit that takes
 * part in a check is handed the same report, and none makes findings of its own.
 */
@FunctionalInterface
public interface AuditReport {

    /** What makes a finding of its kind, frame and text. */
    @FunctionalInterface
    interface Maker<K, F> {
        /** A finding. */
        F make(K kind, long pfn, String text);
    }

    /** A report that adds to {@code findings}, with the kinds of an enum that has those of the clauses by name. */
    static <K extends Enum<K>, F> AuditReport into(List<F> findings, Class<K> kinds, Maker<K, F> maker) {
        return (clause, pfn, values) -> findings
                .add(maker.make(Enum.valueOf(kinds, clause.kind()), pfn, clause.text(values)));
    }

    /** {@code clause} does not hold for the frame, or for the whole if {@code pfn} is 0. */
    void found(AuditClause clause, long pfn, Object values);

    /** Reports {@code clause} unless it holds; whether it does. The values are put into words only if not. */
    default boolean expect(AuditClause clause, boolean holds, long pfn, Object values) {
        if (!holds) {
            found(clause, pfn, values);
        }
        return holds;
    }
}
