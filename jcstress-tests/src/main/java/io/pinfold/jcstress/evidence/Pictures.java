package io.pinfold.jcstress.evidence;

import io.pinfold.hwmodel.html.HtmlPage;
import io.pinfold.hwmodel.html.Svg;
import java.util.List;

/** The two pictures of the page: the effect of a pin on a page's life, and the purpose of the re-check. */
final class Pictures {
    private static final int LEFT = 200;
    private static final int STEP = 100;
    private static final int LINE = 28;

    private Pictures() {
    }

    /** A page that is unmapped while it is pinned. */
    static void life(HtmlPage page) {
        Svg svg = new Svg(920, 170, "a page's life under a pin");
        bar(svg, 1, "mapped", 0, 3, "good");
        bar(svg, 2, "pinned (+1024)", 1, 6, "good");
        bar(svg, 3, "frame may not be re-used", 0, 6, "good");
        bar(svg, 4, "next owner", 6, 7, "bad");
        List<String> events = List.of("fault", "pin", "", "munmap", "", "", "unpin");
        for (int i = 0; i < events.size(); i++) {
            svg.text(LEFT + i * STEP, 16, "middle", "dim", events.get(i));
        }
        page.element("h2", "A page's life under a pin").add(svg.toString()).element("p", "dim",
                "munmap drops one reference and leaves; the frame is free, and its generation goes up, with the last"
                        + " one.");
    }

    private static final List<List<String>> STEPS = List.of(List.of("WALK4 read the entry: P", "", "P mapped, count 1"),
            List.of("", "UNMAP1 exchange the entry with none", "P not mapped, count 1"),
            List.of("", "UNMAP3 drop the reference: free; UNMAP4 hand out", "P is X's, count 1"),
            List.of("WALK5 add 1024 to P's count", "", "P is X's, count 1025: legal, and short"),
            List.of("WALK7 read the entry again: none", "", ""),
            List.of("WALK8 take 1024 off: exactly what WALK5 added", "", "P is X's, count 1"));

    /** Race R1, as columns. */
    static void interleaving(HtmlPage page) {
        page.element("h2", "What the re-check is for (race R1)").add("<div class=\"scroll\"><table><tr>")
                .element("th", "walker").element("th", "unmapper").element("th", "page").add("</tr>");
        for (List<String> step : STEPS) {
            page.add("<tr>");
            step.forEach(cell -> page.element("td", cell));
            page.add("</tr>");
        }
        page.add("</table></div>").element("p", "dim", "Without WALK7 the walker would return a page of X. WALK5 before"
                + " UNMAP1 is the other story: then the count is never 0, and P lives on.");
    }

    private static void bar(Svg svg, int row, String label, int from, int to, String style) {
        int y = row * LINE + 16;
        svg.text(LEFT - 12, y + 4, "end", "", label).line("grid", LEFT, y, LEFT + 7 * STEP, y).line(style,
                LEFT + from * STEP, y, LEFT + to * STEP, y);
    }
}
