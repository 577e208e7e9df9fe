package io.pinfold.hwmodel.html;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class HtmlPageTest {

    @Test
    void aPageIsWellFormedNeedsNothingElseAndTakesTextAsText() throws Exception {
        String text = "<b> & \"c\"";
        String page = new HtmlPage(text).element("p", text).element("p", "dim", text)
                .add(new Svg(10, 10, text).text(1, 2, "end", "dim", text).line("grid", 0, 0, 1, 1)
                        .bar("good", 0, 0, 1.25, 1).toString())
                .text();

        assertThat(page).startsWith("<!doctype html>").contains("prefers-color-scheme:dark", "width=\"1.3\"")
                .doesNotContain("http:", "https:", "src=", "href=", "@import", "url(", "<script");
        Document document = DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(new InputSource(new StringReader(page.replace("<!doctype html>", ""))));
        for (String element : new String[]{"title", "h1", "p", "text"}) {
            assertThat(document.getElementsByTagName(element).item(0).getTextContent()).as(element).isEqualTo(text);
        }
    }
}
