package io.pinfold.jcstress.mutants.mechanical;

/**
 * Where a mutant is, without line numbers.
 *
 * @param className   without {@code io.pinfold.}
 * @param method      name; overloads are one
 * @param mutator     kind of change
 * @param ordinal     from 1: the n-th of the same change in the method, in the order of the source
 * @param description what was changed
 */
public record MutantPlace(String className, String method, String mutator, int ordinal, String description)
        implements Comparable<MutantPlace> {

    /** Reads the text that {@link #toString} writes. */
    static MutantPlace parse(String text) {
        String[] words = text.strip().split("\\s+", 4);
        String[] change = words.length == 4 ? words[2].split("#", -1) : new String[0];
        if (change.length != 2 || !change[1].matches("[1-9]\\d{0,4}")) {
            throw new IllegalArgumentException("CLASS METHOD MUTATOR#ORDINAL DESCRIPTION is meant: " + text.strip());
        }
        return new MutantPlace(words[0], words[1], change[0], Integer.parseInt(change[1]), words[3]);
    }

    MutantPlace at(int otherOrdinal) {
        return new MutantPlace(className, method, mutator, otherOrdinal, description);
    }

    /** The class whose file this is in: a nested class belongs to its outer one. */
    String topLevel() {
        return PitMutant.topLevel(className);
    }

    @Override
    public int compareTo(MutantPlace other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return className + " " + method + " " + mutator + "#" + ordinal + " " + description;
    }
}
