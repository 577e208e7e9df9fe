package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A search that is made apart, because a lowering shows only with more runs than all are given or in another memory, or because it is one by
 * two modes: a line of {@code deeper.txt}, {@code PteRange.grab#4 | CAS VOLATILE->ACQUIRE | pin-vs-reclaim view 2 5000}.
 *
 * @param access place, kind and mode of the access
 * @param to the weaker mode
 * @param bound most preemptions; negative for any number, {@code none} in the file
 * @param runs most runs
 */
record Deeper(String access, Op.Mode to, String scenario, Mode mode, int bound, long runs) {
    private static final Pattern LINE = Pattern.compile("(.+ \\| .+)->([A-Z]+) \\| (\\S+) (\\w+) (none|\\d+) (\\d+)");

    /** All of the list. */
    static List<Deeper> list() {
        return parse(Lists.read("deeper.txt"));
    }

    static List<Deeper> parse(List<String> lines) {
        List<Deeper> list = new ArrayList<>();
        for (String line : lines) {
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                throw new IllegalArgumentException(
                        "deeper.txt: LOWERING | SCENARIO MODE BOUND RUNS is wanted: " + line);
            }
            int group = 0;
            String access = parts.group(++group);
            Op.Mode to = Op.Mode.valueOf(parts.group(++group));
            String scenario = parts.group(++group);
            Mode mode = Mode.valueOf(parts.group(++group).toUpperCase(Locale.ROOT));
            String bound = parts.group(++group);
            list.add(new Deeper(access, to, scenario, mode, bound.equals("none") ? -1 : Integer.parseInt(bound),
                    Long.parseLong(parts.group(++group))));
        }
        return list;
    }
}
