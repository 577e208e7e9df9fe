package io.pinfold.jmh.bench;

import io.pinfold.jmh.baseline.CBaseline;

/** The main class of a child JVM of {@code pinfold bench}, which measures one group of rows. */
public final class BenchChild {
    private BenchChild() {
    }

    /**
     * Measures the group and prints a line for each row.
     *
     * @param args name of the group, rounds, seed
     */
    public static void main(String[] args) {
        Group group = Group.named(args[0]);
        int rounds = Integer.parseInt(args[1]);
        long seed = Long.parseLong(args[2]);
        if (CBaseline.isAvailable()) {
            System.err.println(CBaseline.compiler());
        }
        try {
            for (Figure figure : group.rows().measure(rounds, seed)) {
                figure.print(System.out);
            }
        } catch (NoClassDefFoundError | IncompatibleClassChangeError e) { // an older product, see --against
            for (String id : group.ids()) {
                Figure.notMeasured(id, Figure.NOT_THERE + e.getMessage()).print(System.out);
            }
        }
    }
}
