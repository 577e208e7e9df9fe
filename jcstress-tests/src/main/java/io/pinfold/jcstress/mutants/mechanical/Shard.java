package io.pinfold.jcstress.mutants.mechanical;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A part of a list that is divided among machines, or among evenings of one.
 *
 * @param number of this part, from 1
 * @param of     how many parts there are
 */
public record Shard(int number, int of) {

    /** The whole list. */
    public static final Shard ALL = new Shard(1, 1);

    /**
     * Reads a text such as {@code 2/5}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Shard parse(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length == 2 && parts[0].matches("\\d{1,4}") && parts[1].matches("\\d{1,4}")) {
            Shard shard = new Shard(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
            if (shard.number >= 1 && shard.number <= shard.of) {
                return shard;
            }
        }
        throw new IllegalArgumentException(text + ": i/n with 1 <= i <= n is meant");
    }

    /**
     * The items of this part. Parts are next to each other, together the whole list, and about equally heavy; the same
     * list is always divided alike.
     */
    public <T> List<T> part(List<T> all, ToLongFunction<T> weight) {
        double total = 0;
        for (T one : all) {
            total += weight.applyAsLong(one);
        }
        List<T> part = new ArrayList<>();
        double before = 0;
        for (T one : all) {
            double middle = (before + weight.applyAsLong(one) / 2.0) / Math.max(total, 1);
            if (Math.min((int) (middle * of), of - 1) == number - 1) {
                part.add(one);
            }
            before += weight.applyAsLong(one);
        }
        return part;
    }
}
