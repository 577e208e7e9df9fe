package io.pinfold.jcstress.explore.litmus;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A litmus test: a program, its weak outcome, whether Java allows that one, and which memory models show it. The tables
 * are expected values; LitmusTest holds the models to them.
 *
 * @param name the usual name of the shape, with the access mode or the mix of modes
 * @param weak matches the outcomes of {@link Outcomes} that are weak
 * @param java whether Java allows them
 * @param shown the models that show them
 */
public record Litmus(String name, Program program, Pattern weak, Java java, Set<Mode> shown) {

    /** The verdict of the access mode specification on an outcome. */
    public enum Java {
        ALLOWS, FORBIDS,
        /** The text does not exclude the outcome; formal models of it, or all machines, do. */
        SAYS_NOTHING
    }

    private static final int X = 0;
    private static final int Y = 1;
    private static final Op.Mode[] LOADS = {Op.Mode.PLAIN, Op.Mode.OPAQUE, Op.Mode.ACQUIRE, Op.Mode.VOLATILE};
    private static final Op.Mode[] STORES = {Op.Mode.PLAIN, Op.Mode.OPAQUE, Op.Mode.RELEASE, Op.Mode.VOLATILE};
    private static final String[] MODES = {"plain", "opaque", "acquire/release", "volatile"};

    /** All of them. */
    public static List<Litmus> all() {
        List<Litmus> all = new ArrayList<>();
        // by mode: plain, opaque, acquire/release, volatile;        Java    SC      TSO     PSO     VIEW
        shape(all, "SB", "0 \\| 0 \\|.*", "w1x ry|w1y rx", /*     */ "AAAF", "....", "AAA.", "AAA.", "AAA.");
        shape(all, "MP", "\\| 1 0 \\|.*", "w1x w1y|ry rx", /*     */ "AAFF", "....", "....", "AA..", "AA..");
        shape(all, "LB", "1 \\| 1 \\|.*", "rx w1y|ry w1x", /*     */ "A?FF", "....", "....", "....", "....");
        shape(all, "CoRR", "\\| 1 0 \\|.*", "w1x|rx rx", /*       */ "AFFF", "....", "....", "....", "A...");
        shape(all, "IRIW", "\\| \\| 1 0 \\| 1 0 \\|.*", "w1x|w1y|rx ry|ry rx", "AAAF", "....", "....", "....", "AAA.");
        shape(all, "WRC", "\\| 1 \\| 1 0 \\|.*", "w1x|rx w1y|ry rx", "AAFF", "....", "....", "....", "AA..");
        shape(all, "2+2W", "\\| \\| 1 1", "w1x w2y|w1y w2x", /*   */ "AA?F", "....", "....", "AA..", "AAA.");
        shape(all, "S", "\\| 1 \\| 2 1", "w2x w1y|ry w1x", /*     */ "AAFF", "....", "....", "AA..", "AA..");
        shape(all, "R", "\\| 0 \\| 1 2", "w1x w1y|w2y rx", /*     */ "AAAF", "....", "AAA.", "AAA.", "AAA.");
        mixed(all);
        return all;
    }

    private static void mixed(List<Litmus> all) {
        String both = "0 \\| 0 \\|.*";
        add(all, "SB, setVolatile then getAcquire", both, "V1x Ay|V1y Ax", 'A', ". . A A");
        add(all, "SB, setRelease then getVolatile", both, "R1x vy|R1y vx", 'A', ". A A A");
        add(all, "SB, getAndAdd then getAcquire", "0 0 \\| 0 0 \\|.*", "+1x Ay|+1y Ax", 'A', ". . . A");
        add(all, "SB, getAndAdd then getVolatile", "0 0 \\| 0 0 \\|.*", "+1x vy|+1y vx", 'F', ". . . .");
        add(all, "SB, opaque with full fences", both, "O1x F oy|O1y F ox", 'F', ". . . .");
        add(all, "SB, fence one side, volatile the other", both, "O1x F oy|V1y vx", 'F', ". . . .");
        add(all, "MP by releaseFence and acquireFence", "\\| 1 0 \\|.*", "O1x l O1y|oy q ox", 'F', ". . . .");
        String after = "\\| 1 0 \\|.*";
        add(all, "MP, plain store behind releaseFence, racy load before acquireFence", after, "O1x l p1y|zy q vx", 'F',
                ". . . .");
        add(all, "MP, plain store, racy load before acquireFence", after, "O1x p1y|zy q vx", 'A', ". . A A");
        add(all, "MP, plain store behind releaseFence, racy load", after, "O1x l p1y|zy vx", 'A', ". . . A");
        add(all, "CoRR, racy", after, "p1x|zx zx", 'A', ". . . A");
        add(all, "CoRR, racy with acquireFence between", after, "p1x|zx q zx", 'F', ". . . .");
        add(all, "IRIW, opaque stores, volatile loads", "\\| \\| 1 0 \\| 1 0 \\|.*", "O1x|O1y|vx vy|vy vx", 'A',
                ". . . A");
        add(all, "IRIW, acquire loads, full fences between", "\\| \\| 1 0 \\| 1 0 \\|.*", "O1x|O1y|Ax F Ay|Ay F Ax",
                'F', ". . . .");
    }

    /** The outcomes that Java allows and no model shows: the limits of the explorer. */
    public static List<Litmus> limits() {
        return all().stream().filter(litmus -> litmus.java != Java.FORBIDS && litmus.shown.isEmpty()).toList();
    }

    private static void shape(List<Litmus> all, String name, String weak, String text, String java, String... shown) {
        for (int mode = 0; mode < MODES.length; mode++) {
            StringBuilder cells = new StringBuilder();
            for (String row : shown) {
                cells.append(row.charAt(mode)).append(' ');
            }
            add(all, name + ", " + MODES[mode], weak, parse(text, mode), java.charAt(mode), cells.toString());
        }
    }

    private static void add(List<Litmus> all, String name, String weak, String text, char java, String shown) {
        add(all, name, weak, parse(text, 0), java, shown);
    }

    private static void add(List<Litmus> all, String name, String weak, Program program, char java, String shown) {
        Set<Mode> modes = EnumSet.noneOf(Mode.class);
        String[] cells = shown.trim().split(" ");
        for (Mode mode : Mode.values()) {
            if (cells[mode.ordinal()].equals("A")) {
                modes.add(mode);
            }
        }
        Java verdict = java == 'A' ? Java.ALLOWS : java == 'F' ? Java.FORBIDS : Java.SAYS_NOTHING;
        all.add(new Litmus(name, program, Pattern.compile(weak), verdict, modes));
    }

    private static Program parse(String text, int mode) {
        List<List<Op>> strands = new ArrayList<>();
        for (String strand : text.split("\\|")) {
            List<Op> ops = new ArrayList<>();
            for (String op : strand.trim().split(" ")) {
                ops.add(parseOp(op, mode));
            }
            strands.add(ops);
        }
        return new Program(strands);
    }

    /**
     * {@code r} load and {@code w} store in the mode of the column; loads {@code o A v}, stores {@code O R V}, opaque
     * to volatile; {@code z} racy load, {@code p} plain store; {@code +} getAndAdd; fences {@code F} full, {@code l}
     * release, {@code q} acquire. Then the value, if it stores, then the word.
     */
    private static Op parseOp(String op, int mode) {
        int word = op.endsWith("y") ? Y : X;
        long value = op.length() == 3 ? op.charAt(1) - '0' : 0;
        return switch (op.charAt(0)) {
            case 'r' -> load(LOADS[mode], word);
            case 'w' -> store(STORES[mode], word, value);
            case 'z' -> load(Op.Mode.RACY, word);
            case 'p' -> store(Op.Mode.PLAIN, word, value);
            case 'o' -> load(Op.Mode.OPAQUE, word);
            case 'A' -> load(Op.Mode.ACQUIRE, word);
            case 'v' -> load(Op.Mode.VOLATILE, word);
            case 'O' -> store(Op.Mode.OPAQUE, word, value);
            case 'R' -> store(Op.Mode.RELEASE, word, value);
            case 'V' -> store(Op.Mode.VOLATILE, word, value);
            case '+' -> new Op().set(Op.Kind.ADD, Op.Mode.VOLATILE, Long.BYTES, word, value, 0);
            case 'F' -> fence(Op.Mode.VOLATILE);
            case 'l' -> fence(Op.Mode.RELEASE);
            case 'q' -> fence(Op.Mode.ACQUIRE);
            default -> throw new IllegalArgumentException(op);
        };
    }

    private static Op load(Op.Mode mode, int word) {
        return new Op().set(Op.Kind.LOAD, mode, Long.BYTES, word, 0, 0);
    }

    private static Op store(Op.Mode mode, int word, long value) {
        return new Op().set(Op.Kind.STORE, mode, Long.BYTES, word, value, 0);
    }

    private static Op fence(Op.Mode mode) {
        return new Op().set(Op.Kind.FENCE, mode, Long.BYTES, 0, 0, 0);
    }
}
