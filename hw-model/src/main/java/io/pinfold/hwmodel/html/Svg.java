package io.pinfold.hwmodel.html;

import java.util.Locale;

/** A builder of a picture of bars, lines and text, in the style classes of {@link HtmlPage}. */
public final class Svg {
    private final StringBuilder out = new StringBuilder();

    /**
     * Opens an empty picture.
     *
     * @param label text for readers who cannot see the picture
     */
    public Svg(int width, int height, String label) {
        out.append(String.format(Locale.ROOT, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", width,
                height, HtmlPage.escape(label)));
    }

    /**
     * Adds text.
     *
     * @param anchor start, middle or end: the part of the text at x
     * @param style  empty, or dim
     */
    public Svg text(double x, double y, String anchor, String style, String text) {
        out.append(String.format(Locale.ROOT, "<text%s x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
                style.isEmpty() ? "" : " class=\"" + style + "\"", x, y, anchor, HtmlPage.escape(text)));
        return this;
    }

    /** Adds a line. */
    public Svg line(String style, double x1, double y1, double x2, double y2) {
        out.append(String.format(Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", style, x1, y1, x2, y2));
        return this;
    }

    /** Adds a bar. */
    public Svg bar(String style, double x, double y, double width, double height) {
        out.append(String.format(Locale.ROOT,
                "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\"/>", style, x, y,
                width, height));
        return this;
    }

    /** Returns the whole picture as markup. */
    @Override
    public String toString() {
        return out + "</svg>";
    }
}
