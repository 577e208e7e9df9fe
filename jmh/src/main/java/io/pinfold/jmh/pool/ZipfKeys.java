package io.pinfold.jmh.pool;

import java.util.Arrays;
import java.util.Random;

/** Keys by Zipf's law: the key of rank r is drawn as often as r to the power of minus the skew says. */
public final class ZipfKeys {
    private ZipfKeys() {
    }

    /**
     * Draws keys.
     *
     * @param keys  how many there are
     * @param skew  0 is a uniform distribution
     * @param draws length of the result
     * @param ranks draws which key has which rank
     * @param random draws the result
     */
    public static int[] draw(int keys, double skew, int draws, Random ranks, Random random) {
        double[] upTo = new double[keys];
        double sum = 0;
        for (int rank = 0; rank < keys; rank++) {
            sum += Math.pow(rank + 1, -skew);
            upTo[rank] = sum;
        }
        int[] keyOf = shuffled(keys, ranks);
        int[] drawn = new int[draws];
        for (int i = 0; i < draws; i++) {
            int found = Arrays.binarySearch(upTo, random.nextDouble() * sum);
            drawn[i] = keyOf[Math.min(found < 0 ? -found - 1 : found, keys - 1)];
        }
        return drawn;
    }

    private static int[] shuffled(int keys, Random random) {
        int[] order = new int[keys];
        for (int i = 0; i < keys; i++) {
            int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return order;
    }
}
