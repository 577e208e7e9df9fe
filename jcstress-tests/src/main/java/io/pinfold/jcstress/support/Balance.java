package io.pinfold.jcstress.support;

/** The word for a count that adds up, or by how much it does not. */
public final class Balance {
    private Balance() {
    }

    /** BALANCED, or LEFT_n for the references that are left over, or missing. */
    public static String of(long left) {
        return left == 0 ? "BALANCED" : "LEFT_" + left;
    }
}
