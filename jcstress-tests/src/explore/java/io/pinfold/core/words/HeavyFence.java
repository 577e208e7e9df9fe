package io.pinfold.core.words;

import io.pinfold.jcstress.explore.memory.HeavyFences;
import io.pinfold.jcstress.explore.memory.Op.Kind;
import io.pinfold.jcstress.explore.memory.Op.Mode;
import io.pinfold.jcstress.explore.search.AccessGate;

/**
 * The form of {@code HeavyFence} that replaces core's in the explorer: a fence of the caller, one of each other strand
 * at any moment from then on, and a fence of the caller that waits for them. Both forms of the protocols are explored,
 * so the form is a variable here.
 */
public final class HeavyFence {
    private static boolean isAsymmetric;

    private HeavyFence() {
    }

    /** Chooses the form; between runs. */
    public static void choose(boolean asymmetric) {
        isAsymmetric = asymmetric;
    }

    public static boolean isAsymmetric() {
        return isAsymmetric;
    }

    public static String form() {
        return isAsymmetric ? "membarrier" : "locked";
    }

    public static void fence() {
        if (isAsymmetric) {
            AccessGate.access(Kind.FENCE, Mode.VOLATILE, Long.BYTES, 0, HeavyFences.BEGIN, 0);
            AccessGate.access(Kind.FENCE, Mode.VOLATILE, Long.BYTES, 0, HeavyFences.END, 0);
        }
    }
}
