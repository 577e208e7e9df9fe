package io.pinfold.jcstress.explore.search;

import java.util.ArrayList;
import java.util.List;

/**
 * A run as text. First come the steps: {@code t0} strand 0 in the ordinary way, {@code t0.2} with another value that a
 * weak memory may return, {@code e1.5} an event of the memory such as a store that leaves strand 1's buffer; {@code
 * t0*3} is three such steps. Then follow, for each strand, the alternating numbers of its accesses without and with a
 * scheduling point: {@code q12,1,3,2}.
 */
public record Schedule(List<String> steps, List<int[]> quiet) {

    /** Parses the text of {@link #toString}. */
    public static Schedule parse(String line) {
        List<String> steps = new ArrayList<>();
        List<int[]> quiet = new ArrayList<>();
        for (String token : line.strip().split("[ ]+")) {
            if (token.startsWith("q")) {
                String[] lengths = token.length() == 1 ? new String[0] : token.substring(1).split(",");
                int[] parsed = new int[lengths.length];
                for (int i = 0; i < parsed.length; i++) {
                    parsed[i] = number(lengths[i], line);
                }
                quiet.add(parsed);
                continue;
            }
            int star = token.indexOf('*');
            String step = star < 0 ? token : token.substring(0, star);
            if (!step.matches("t[0-9]+(\\.[0-9]+)?|e[0-9]+\\.[0-9]+")) {
                throw new IllegalArgumentException("not a step of a schedule: " + token);
            }
            int times = star < 0 ? 1 : number(token.substring(star + 1), line);
            for (int i = 0; i < times; i++) {
                steps.add(step);
            }
        }
        return new Schedule(steps, quiet);
    }

    private static int number(String text, String line) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a number: " + text + " in the schedule " + line, e);
        }
    }

    @Override
    public String toString() {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < steps.size();) {
            int end = i + 1;
            while (end < steps.size() && steps.get(end).equals(steps.get(i))) {
                end++;
            }
            line.append(i == 0 ? "" : " ").append(steps.get(i));
            if (end - i > 1) {
                line.append('*').append(end - i);
            }
            i = end;
        }
        for (int[] lengths : quiet) {
            line.append(" q");
            for (int i = 0; i < lengths.length; i++) {
                line.append(i == 0 ? "" : ",").append(lengths[i]);
            }
        }
        return line.toString();
    }
}
