package io.pinfold.jcstress.explore.cli;

import io.pinfold.jcstress.explore.search.Replay;
import io.pinfold.jcstress.explore.search.TraceStep;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A replay as a table: one column for each strand, time downwards, and on the right the changes of the page. It is
 * {@value #WIDTH} columns wide at most; longer text continues in the next line.
 */
final class ReplayTable {
    static final int WIDTH = 160;
    private static final int NUMBER = 4;
    private static final int LEAST_STATE = 36;
    private static final String BAR = " | ";

    private final Replay replay;
    private final int[] widths;
    private final List<String[]> rows = new ArrayList<>();

    ReplayTable(Replay replay) {
        this.replay = replay;
        int strands = replay.strands().size();
        StepIds ids = new StepIds();
        Map<String, String> before = parts(replay.before());
        for (TraceStep step : replay.steps()) {
            String[] row = new String[strands + 2];
            Arrays.fill(row, "");
            row[0] = Integer.toString(rows.size() + 1);
            String id = ids.of(step.sites());
            row[1 + step.strand()] = (id.isEmpty() ? "" : id + " ") + AccessText.of(step, replay.words());
            if (!step.state().isEmpty()) {
                Map<String, String> after = parts(step.state());
                row[strands + 1] = changes(before, after);
                before = after;
            }
            rows.add(row);
        }
        widths = widths(strands);
    }

    /** Prints the page before the run, the steps, and the violation. */
    void print(PrintWriter out) {
        out.println("before: " + replay.before());
        List<String> heads = new ArrayList<>(replay.strands());
        heads.addFirst("");
        heads.addLast("what changed");
        line(out, heads.toArray(String[]::new));
        StringBuilder rule = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            rule.append(i == 0 ? "" : "-+-").append("-".repeat(widths[i]));
        }
        out.println(rule);
        for (String[] row : rows) {
            line(out, row);
        }
        out.println(rule);
        out.println(replay.violation() == null ? "nothing is wrong" : replay.violation());
    }

    private int[] widths(int strands) {
        int[] wanted = new int[strands + 2];
        wanted[0] = NUMBER;
        for (int i = 0; i < strands; i++) {
            wanted[i + 1] = replay.strands().get(i).length();
        }
        wanted[strands + 1] = LEAST_STATE;
        for (String[] row : rows) {
            for (int i = 1; i < row.length; i++) {
                wanted[i] = Math.max(wanted[i], row[i].length());
            }
        }
        int room = WIDTH - NUMBER - BAR.length() * (strands + 1);
        int sum = Arrays.stream(wanted, 1, strands + 2).sum();
        if (sum > room) {
            int state = Math.min(wanted[strands + 1], Math.max(LEAST_STATE, room / (strands + 2)));
            wanted[strands + 1] = state;
            int left = room - state;
            for (int i = 1; i <= strands; i++) { // narrow columns get their width, wide ones share the rest
                wanted[i] = Math.min(wanted[i], left / (strands + 1 - i));
                left -= wanted[i];
            }
        }
        return wanted;
    }

    private void line(PrintWriter out, String[] cells) {
        List<List<String>> wrapped = new ArrayList<>();
        int height = 1;
        for (int i = 0; i < cells.length; i++) {
            List<String> lines = wrap(cells[i], widths[i]);
            wrapped.add(lines);
            height = Math.max(height, lines.size());
        }
        for (int row = 0; row < height; row++) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < cells.length; i++) {
                String text = row < wrapped.get(i).size() ? wrapped.get(i).get(row) : "";
                line.append(i == 0 ? "" : BAR).append(text).append(" ".repeat(widths[i] - text.length()));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (rest.length() > width) {
            int blank = rest.lastIndexOf(' ', width);
            int cut = blank > (lines.isEmpty() ? 0 : 3) ? blank : width;
            lines.add(rest.substring(0, cut));
            rest = "   " + rest.substring(cut).strip();
        }
        lines.add(rest);
        return lines;
    }

    private static Map<String, String> parts(String state) {
        Map<String, String> parts = new LinkedHashMap<>();
        for (String part : state.split("[;,] ")) {
            int blank = part.indexOf(' ');
            parts.put(blank < 0 ? part : part.substring(0, blank), part);
        }
        return parts;
    }

    private static String changes(Map<String, String> before, Map<String, String> after) {
        List<String> changed = new ArrayList<>();
        after.forEach((name, part) -> {
            if (!part.equals(before.get(name))) {
                changed.add(part);
            }
        });
        return String.join("; ", changed);
    }
}
