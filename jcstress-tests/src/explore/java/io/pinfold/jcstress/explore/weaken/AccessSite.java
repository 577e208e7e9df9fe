package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.memory.Op;
import java.util.ArrayList;
import java.util.List;

/**
 * An access in the source of the library.
 *
 * @param place {@code Class.method#n}, the n-th access or call of its kind in the method, and its caller if that is in
 *              a class of accessors: {@code Entries.load#1 < PteRange.grab#2}
 * @param kind kind of the access
 * @param mode access mode
 */
record AccessSite(String place, Op.Kind kind, Op.Mode mode) implements Comparable<AccessSite> {

    /** The modes one step weaker. */
    List<Op.Mode> weaker() {
        return switch (kind) {
            case LOAD, WAIT -> mode == Op.Mode.RACY ? List.of()
                    : mode == Op.Mode.VOLATILE ? List.of(Op.Mode.ACQUIRE)
                            : mode == Op.Mode.ACQUIRE ? List.of(Op.Mode.OPAQUE) : List.of(Op.Mode.PLAIN);
            case STORE -> mode == Op.Mode.VOLATILE ? List.of(Op.Mode.RELEASE)
                    : mode == Op.Mode.RELEASE ? List.of(Op.Mode.OPAQUE) : List.of(Op.Mode.PLAIN);
            case CAS, EXCHANGE, ADD, OR, AND -> List.of(Op.Mode.ACQUIRE, Op.Mode.RELEASE);
            case FENCE -> List.of(Op.Mode.PLAIN);
            case FILL -> new ArrayList<>();
        };
    }

    /** The text of the site: {@code SharedSlot.exit#1 | STORE RELEASE}. */
    @Override
    public String toString() {
        return place + " | " + kind + " " + mode;
    }

    @Override
    public int compareTo(AccessSite other) {
        int order = place.compareTo(other.place);
        order = order != 0 ? order : kind.compareTo(other.kind);
        return order != 0 ? order : mode.compareTo(other.mode);
    }
}
