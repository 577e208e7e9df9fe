package io.pinfold.jcstress.evidence;

import java.util.List;

/** The two pictures everything else is about: what a pin does to a page's life, and what the re-check is for. */
final class Pictures {
    private static final int LEFT = 200;
    private static final int STEP = 100;
    private static final int LINE = 28;

    private Pictures() {
    }

    /** A page that is unmapped while it is pinned. */
    static String life() {
        StringBuilder out = new StringBuilder("<h2>A page's life under a pin</h2>");
        open(out, 170, "a page's life under a pin");
        bar(out, 1, "mapped", 0, 3, "life");
        bar(out, 2, "pinned (+1024)", 1, 6, "life");
        bar(out, 3, "frame may not be re-used", 0, 6, "life");
        bar(out, 4, "next owner", 6, 7, "end");
        List<String> events = List.of("fault", "pin", "", "munmap", "", "", "unpin");
        for (int i = 0; i < events.size(); i++) {
            text(out, LEFT + i * STEP, 16, "middle", events.get(i), true);
        }
        return out.append(
                "</svg><p class=\"dim\">munmap drops one reference and leaves; the frame is free, and its generation"
                        + " goes up, with the last one.</p>")
                .toString();
    }

    private static final List<List<String>> STEPS = List.of(List.of("W1 read the entry: P", "", "P mapped, count 1"),
            List.of("", "U1 exchange the entry with none", "P not mapped, count 1"),
            List.of("", "U3 drop the reference: free; U4 hand out", "P is X's, count 1"),
            List.of("W2 add 1024 to P's count", "", "P is X's, count 1025: legal, and short"),
            List.of("W3 read the entry again: none", "", ""),
            List.of("W4 take 1024 off: exactly what W2 added", "", "P is X's, count 1"));

    /** Race R1, as columns. */
    static String interleaving() {
        StringBuilder out = new StringBuilder(
                "<h2>What the re-check is for (race R1)</h2><div class=\"scroll\"><table><tr><th>walker</th><th>unmapper</th><th>page"
                        + "</th></tr>");
        for (List<String> step : STEPS) {
            out.append("<tr>");
            step.forEach(cell -> out.append("<td>").append(HtmlPage.escape(cell)).append("</td>"));
            out.append("</tr>");
        }
        return out.append(
                "</table></div><p class=\"dim\">Without W3 the walker would return a page of X. W2 before U1 is the other"
                        + " story: then the count is never 0, and P lives on.</p>")
                .toString();
    }

    private static void open(StringBuilder out, int height, String label) {
        out.append("<svg viewBox=\"0 0 920 ").append(height).append("\" role=\"img\" aria-label=\"").append(label)
                .append("\">");
    }

    private static void bar(StringBuilder out, int row, String label, int from, int to, String style) {
        int y = row * LINE + 16;
        text(out, LEFT - 12, y + 4, "end", label, false);
        line(out, LEFT, LEFT + 7 * STEP, y, "line");
        line(out, LEFT + from * STEP, LEFT + to * STEP, y, style);
    }

    private static void line(StringBuilder out, int from, int to, int y, String style) {
        out.append("<line class=\"").append(style).append("\" x1=\"").append(from).append("\" x2=\"").append(to)
                .append("\" y1=\"")
                .append(y).append("\" y2=\"").append(y).append("\"/>");
    }

    private static void text(StringBuilder out, int x, int y, String anchor, String text, boolean isDim) {
        out.append("<text").append(isDim ? " class=\"dim\"" : "").append(" x=\"").append(x).append("\" y=\"").append(y)
                .append("\" text-anchor=\"").append(anchor).append("\">").append(HtmlPage.escape(text))
                .append("</text>");
    }
}
