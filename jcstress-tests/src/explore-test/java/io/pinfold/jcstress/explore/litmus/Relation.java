package io.pinfold.jcstress.explore.litmus;

/** A relation over at most 64 events, one bit for each pair. */
final class Relation {
    private final long[] rows;

    Relation(int events) {
        rows = new long[events];
    }

    private Relation(long[] rows) {
        this.rows = rows;
    }

    /** The identity on a set. */
    static Relation on(int events, long set) {
        Relation relation = new Relation(events);
        for (int event = 0; event < events; event++) {
            relation.rows[event] = set & 1L << event;
        }
        return relation;
    }

    void add(int from, int to) {
        rows[from] |= 1L << to;
    }

    boolean has(int from, int to) {
        return (rows[from] >>> to & 1) != 0;
    }

    Relation or(Relation other) {
        long[] result = rows.clone();
        for (int event = 0; event < result.length; event++) {
            result[event] |= other.rows[event];
        }
        return new Relation(result);
    }

    Relation and(Relation other) {
        long[] result = rows.clone();
        for (int event = 0; event < result.length; event++) {
            result[event] &= other.rows[event];
        }
        return new Relation(result);
    }

    Relation minus(Relation other) {
        long[] result = rows.clone();
        for (int event = 0; event < result.length; event++) {
            result[event] &= ~other.rows[event];
        }
        return new Relation(result);
    }

    /** This one, then the others, one after the other. */
    Relation then(Relation... next) {
        Relation result = this;
        for (Relation each : next) {
            result = result.followedBy(each);
        }
        return result;
    }

    private Relation followedBy(Relation next) {
        long[] result = new long[rows.length];
        for (int event = 0; event < rows.length; event++) {
            for (long left = rows[event]; left != 0; left &= left - 1) {
                result[event] |= next.rows[Long.numberOfTrailingZeros(left)];
            }
        }
        return new Relation(result);
    }

    Relation inverse() {
        Relation result = new Relation(rows.length);
        for (int from = 0; from < rows.length; from++) {
            for (long left = rows[from]; left != 0; left &= left - 1) {
                result.add(Long.numberOfTrailingZeros(left), from);
            }
        }
        return result;
    }

    Relation orSame() {
        return or(on(rows.length, -1));
    }

    Relation transitive() {
        long[] result = rows.clone();
        for (int via = 0; via < result.length; via++) {
            for (int from = 0; from < result.length; from++) {
                if ((result[from] >>> via & 1) != 0) {
                    result[from] |= result[via];
                }
            }
        }
        return new Relation(result);
    }

    boolean isIrreflexive() {
        for (int event = 0; event < rows.length; event++) {
            if (has(event, event)) {
                return false;
            }
        }
        return true;
    }

    boolean isAcyclic() {
        return transitive().isIrreflexive();
    }
}
