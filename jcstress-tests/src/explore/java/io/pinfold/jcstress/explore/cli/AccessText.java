package io.pinfold.jcstress.explore.cli;

import io.pinfold.jcstress.explore.memory.HeavyFences;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.search.TraceStep;
import io.pinfold.jcstress.explore.search.WordNames;
import java.util.Locale;

/** Formats a step of a replay: {@code load.volatile pte = 0x3}, {@code cas.volatile page.refcount 1 => 1025}. */
final class AccessText {
    /**
     * The limit of decimal numbers: smaller ones are counts; larger ones are entries or flags, shown in hexadecimal.
     */
    private static final long DECIMAL = 1 << 20;

    private AccessText() {
    }

    static String of(TraceStep step, WordNames words) {
        if (HeavyFences.isInterrupt(step.eventName())) {
            return "~ its part of a heavy fence";
        }
        if (!step.event().isEmpty()) {
            return "~ its store to " + words.of(step.eventName() & (1L << 48) - 1, false) + " reaches memory";
        }
        Op op = step.op();
        if (op.kind == Op.Kind.FENCE) {
            return mode(op).equals("volatile") ? "full fence" : mode(op) + " fence";
        }
        String word = words.of(op.address, step.lock());
        if (step.lock()) {
            return "take " + word;
        }
        return what(step, op, word) + (step.buffered() ? " (in its buffer)" : "")
                + (step.way() > 0 ? op.kind == Op.Kind.STORE ? " (overtaken)" : " (an old value)" : "");
    }

    private static String what(TraceStep step, Op op, String word) {
        long found = step.result();
        String plain = mode(op) + " " + word;
        return switch (op.kind) {
            case LOAD -> "load." + plain + " = " + number(found);
            case STORE -> "store." + plain + " := " + number(op.a);
            case CAS -> found == op.a ? "cas." + plain + " " + number(found) + " => " + number(op.b)
                    : "cas." + plain + " fails: " + number(found) + " is not " + number(op.a);
            case EXCHANGE -> "swap." + plain + " " + number(found) + " => " + number(op.a);
            case ADD -> "add." + plain + " " + number(found) + " => " + number(cut(op, found + op.a));
            case OR -> "or." + plain + " " + number(found) + " => " + number(found | op.a);
            case AND -> "and." + plain + " " + number(found) + " => " + number(found & op.a);
            case WAIT -> "wait " + word + " is " + number(found) + ", no longer " + number(op.a);
            case FILL -> "fill " + op.a + " bytes from " + word + " with " + op.b;
            case FENCE -> throw new IllegalStateException("a fence has no word");
        };
    }

    private static long cut(Op op, long value) {
        return op.bytes == Integer.BYTES ? (int) value : value;
    }

    private static String mode(Op op) {
        return op.mode.name().toLowerCase(Locale.ROOT);
    }

    private static String number(long value) {
        return value > -DECIMAL && value < DECIMAL ? Long.toString(value) : "0x" + Long.toHexString(value);
    }
}
