package io.pinfold.jcstress.mutants.mechanical;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/** Reads {@code mutations.xml}, PIT's report of a run. */
public final class PitReport {

    /** The file in PIT's report folder. */
    public static final String NAME = "mutations.xml";

    private PitReport() {
    }

    /**
     * Reads the mutants of a report.
     *
     * @throws IOException if it is missing, cut off, or says what is not understood
     */
    public static List<PitMutant> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new IOException(file + " was not written");
        }
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(new DefaultHandler()); // the usual one prints
            NodeList all = builder.parse(file.toFile()).getElementsByTagName("mutation");
            List<PitMutant> mutants = new ArrayList<>();
            for (int i = 0; i < all.getLength(); i++) {
                mutants.add(mutant((Element) all.item(i)));
            }
            return mutants;
        } catch (SAXException | ParserConfigurationException | IllegalArgumentException e) {
            throw new IOException(file + " is no report of PIT: " + e.getMessage(), e);
        }
    }

    private static PitMutant mutant(Element one) {
        String className = text(one, "mutatedClass");
        if (!className.startsWith(PitMutant.BASE)) {
            throw new IllegalArgumentException("a class of another project: " + className);
        }
        return new PitMutant(className.substring(PitMutant.BASE.length()), text(one, "mutatedMethod"),
                text(one, "methodDescription"), Integer.parseInt(text(one, "lineNumber")), text(one, "mutator"),
                indexes(one), text(one, "description"), PitStatus.valueOf(one.getAttribute("status")), false,
                test(optional(one, "killingTest")));
    }

    private static String indexes(Element one) {
        NodeList all = one.getElementsByTagName("index");
        List<String> indexes = new ArrayList<>();
        for (int i = 0; i < all.getLength(); i++) {
            indexes.add(all.item(i).getTextContent().strip());
        }
        if (indexes.isEmpty()) {
            throw new IllegalArgumentException("a mutant without index");
        }
        return String.join(",", indexes);
    }

    /** The class and the method of a test, out of JUnit's unique id. */
    private static String test(String uniqueId) {
        int bracket = uniqueId.indexOf(".[engine:");
        String owner = bracket < 0 ? uniqueId : uniqueId.substring(0, bracket);
        String method = uniqueId.replaceAll("(?s).*\\[(?:method|test-template|test-factory):(\\w+).*", "$1");
        String shown = owner.startsWith(PitMutant.BASE) ? owner.substring(PitMutant.BASE.length()) : owner;
        return method.equals(uniqueId) ? shown : shown + "." + method;
    }

    private static String text(Element one, String name) {
        String text = optional(one, name);
        if (text.isEmpty()) {
            throw new IllegalArgumentException("a mutant without " + name);
        }
        return text;
    }

    private static String optional(Element one, String name) {
        NodeList found = one.getElementsByTagName(name);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent().strip();
    }
}
