package io.pinfold.hwmodel.html;

/**
 * A builder of a self-contained HTML page, without scripts, fonts or pictures from elsewhere. The page is XML, too.
 * Light and dark follow the reader's setting. The style classes are {@code good}, {@code bad}, {@code open}, {@code
 * plain} and {@code dim}.
 */
public final class HtmlPage {
    /** Strong colours are for bars and lines, the pale ones of the same name are backgrounds of text. */
    private static final String STYLE = """
            :root{--bg:#fff;--fg:#1c1c1c;--dim:#666;--grid:#ddd;--good:#2f7d5b;--bad:#c0392b;--plain:#4a6fa5;\
            --palegood:#dff1e7;--palebad:#f9d9d5;--paleopen:#f4efd9}
            @media(prefers-color-scheme:dark){:root{--bg:#16181c;--fg:#e6e6e6;--dim:#9a9a9a;--grid:#33363c;\
            --good:#54b98a;--bad:#f0766a;--plain:#7ba3dc;--palegood:#1d3b2d;--palebad:#52231f;--paleopen:#3b3621}}
            body{background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,sans-serif;max-width:1150px;margin:2em auto;padding:0 1em}
            h1{font-size:1.5em}h2{font-size:1.1em;margin:1.8em 0 .3em}p{margin:.3em 0}.dim{color:var(--dim)}
            .scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px;margin:.6em 0}
            th,td{border:1px solid var(--grid);padding:.2em .5em;text-align:left;vertical-align:top}th{color:var(--dim);font-weight:600}
            span.good,span.bad,span.open{padding:.1em .4em;border-radius:3px}
            td.good,span.good{background:var(--palegood)}td.bad,span.bad{background:var(--palebad)}td.open,span.open{background:var(--paleopen)}
            svg{width:100%;max-width:1000px;height:auto}text{fill:var(--fg);font:13px system-ui,sans-serif}text.dim{fill:var(--dim)}
            rect.good{fill:var(--good)}rect.bad{fill:var(--bad)}rect.plain{fill:var(--plain)}
            line{stroke:var(--fg);stroke-width:1.5}line.grid{stroke:var(--grid)}
            line.good{stroke:var(--good);stroke-width:6}line.bad{stroke:var(--bad);stroke-width:6}
            line.bar{stroke-width:2;stroke-dasharray:4 3}
            """;

    private final StringBuilder out = new StringBuilder();

    /** Opens a page with nothing but a title. */
    public HtmlPage(String title) {
        out.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"/>")
                .append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/><title>")
                .append(escape(title)).append("</title><style>").append(STYLE).append("</style></head><body><h1>")
                .append(escape(title)).append("</h1>");
    }

    /** Escapes text for markup. */
    public static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    /** Adds markup unescaped. */
    public HtmlPage add(CharSequence markup) {
        out.append(markup);
        return this;
    }

    /** Adds an element that holds text. */
    public HtmlPage element(String name, String text) {
        out.append('<').append(name).append('>').append(escape(text)).append("</").append(name).append('>');
        return this;
    }

    /** Adds an element of a class that holds text. */
    public HtmlPage element(String name, String style, String text) {
        out.append('<').append(name).append(" class=\"").append(style).append("\">").append(escape(text)).append("</")
                .append(name).append('>');
        return this;
    }

    /** Returns the whole page. */
    public String text() {
        return out + "</body></html>\n";
    }
}
