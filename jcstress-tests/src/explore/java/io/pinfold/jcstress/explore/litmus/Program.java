package io.pinfold.jcstress.explore.litmus;

import io.pinfold.jcstress.explore.memory.Op;
import java.util.ArrayList;
import java.util.List;

/**
 * Straight-line programs of a few strands over a few long words, which begin as 0. Words are numbered; the address of
 * an {@link Op} here is the number of its word, until {@link #placed} gives it one.
 */
public final class Program {
    /** Bytes between two words. */
    public static final int STRIDE = 64;

    private final List<List<Op>> strands;
    private final int words;

    /** Makes a program of the accesses of each strand. */
    public Program(List<List<Op>> strands) {
        this.strands = List.copyOf(strands);
        this.words = (int) strands.stream().flatMap(List::stream).mapToLong(op -> op.address).max().orElse(0) + 1;
    }

    /** The accesses of each strand. */
    public List<List<Op>> strands() {
        return strands;
    }

    /** The number of words that it uses. */
    public int words() {
        return words;
    }

    /** The program with real addresses: the words lie from a base on, {@link #STRIDE} apart. */
    public Program placed(long base) {
        List<List<Op>> placed = new ArrayList<>();
        for (List<Op> strand : strands) {
            placed.add(strand.stream().map(op -> {
                Op copy = new Op().copy(op);
                copy.address = base + STRIDE * op.address;
                return copy;
            }).toList());
        }
        return new Program(placed, words);
    }

    private Program(List<List<Op>> strands, int words) {
        this.strands = strands;
        this.words = words;
    }

    /** The number of bytes that its words take. */
    public long bytes() {
        return (long) words * STRIDE;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (List<Op> strand : strands) {
            text.append(text.isEmpty() ? "" : " || ");
            for (Op op : strand) {
                text.append(op.kind).append('.').append(op.mode);
                if (op.kind != Op.Kind.FENCE) {
                    text.append(" w").append(op.address).append(' ').append(op.a);
                }
                if (op.kind == Op.Kind.CAS) {
                    text.append("->").append(op.b);
                }
                text.append("; ");
            }
        }
        return text.toString();
    }
}
