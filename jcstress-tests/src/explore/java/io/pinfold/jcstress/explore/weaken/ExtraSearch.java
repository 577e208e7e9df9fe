package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An additional search for a lowering that shows only with more runs or in another memory, or that is more than one
 * access by one mode. It is a line of {@code extra-searches.txt}, {@code PteRange.grab#4 | CAS VOLATILE->ACQUIRE |
 * pin-vs-reclaim view 2 5000}. Lowerings with {@code " & "} between them are made together.
 *
 * @param steps lowered accesses
 * @param bound most preemptions; negative for any number, {@code none} in the file
 * @param runs most runs
 */
record ExtraSearch(List<Step> steps, String scenario, Mode mode, int bound, long runs) {
    private static final Pattern LINE = Pattern.compile("(.+) \\| (\\S+) (\\w+) (none|\\d+) (\\d+)");

    /**
     * An access and its lowering.
     *
     * @param access place, kind and mode of the access
     * @param to the weaker mode, or {@link Lowering#APART}
     */
    record Step(String access, String to) {
    }

    /** All entries of the list. */
    static List<ExtraSearch> list() {
        return parse(ListFile.lines("extra-searches.txt"));
    }

    static List<ExtraSearch> parse(List<String> lines) {
        List<ExtraSearch> list = new ArrayList<>();
        for (String line : lines) {
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                throw new IllegalArgumentException(
                        "extra-searches.txt: LOWERING | SCENARIO MODE BOUND RUNS is wanted: " + line);
            }
            int group = 0;
            List<Step> steps = Arrays.stream(parts.group(++group).split(" & ")).map(ExtraSearch::step).toList();
            String scenario = parts.group(++group);
            Mode mode = Mode.valueOf(parts.group(++group).toUpperCase(Locale.ROOT));
            String bound = parts.group(++group);
            list.add(new ExtraSearch(steps, scenario, mode, bound.equals("none") ? -1 : Integer.parseInt(bound),
                    Long.parseLong(parts.group(++group))));
        }
        return list;
    }

    private static Step step(String lowering) {
        int arrow = lowering.indexOf("->");
        String to = lowering.substring(arrow + 2);
        if (arrow < 0 || !to.equals(Lowering.APART) && Arrays.stream(Op.Mode.values()).noneMatch(
                mode -> mode.name().equals(to))) {
            throw new IllegalArgumentException("extra-searches.txt: PLACE | KIND MODE->MODE is wanted: " + lowering);
        }
        return new Step(lowering.substring(0, arrow), to);
    }
}
