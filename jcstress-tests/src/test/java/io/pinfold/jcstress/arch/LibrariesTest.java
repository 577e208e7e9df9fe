package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The README of a module names every library that its code uses, and its licence; the parent has the versions, all of
 * them.
 */
class LibrariesTest {

    @ParameterizedTest
    @ValueSource(strings = {"core", "fastpath", "hw-model", "jcstress-tests", "jmh"})
    void theReadmeNamesEveryLibrary(String module) throws Exception {
        assertThat(missing(libraries(Path.of("..", module, "pom.xml")),
                Files.readString(Path.of("..", module, "README.md")))).isEmpty();
    }

    @Test
    void aLibraryThatIsNotNamedIsNoticed() throws Exception {
        List<String> libraries = libraries(Path.of("..", "hw-model", "pom.xml"));

        assertThat(libraries).contains("picocli", "agrona").doesNotContain("pinfold-core");
        assertThat(missing(libraries, "Libraries: `picocli`, `agrona`.")).contains("commons-math3")
                .doesNotContain("picocli");
        assertThat(missing(List.of("x"), "`x` is named, but not in the list of libraries")).containsExactly("x");
    }

    @Test
    void noModuleHasAVersionOfItsOwn() throws Exception {
        for (String module : List.of("core", "fastpath", "hw-model", "jcstress-tests", "jmh")) {
            for (Element dependency : dependencies(Path.of("..", module, "pom.xml"))) {
                assertThat(text(dependency, "version")).as("version of %s in %s", text(dependency, "artifactId"),
                        module).isEmpty();
            }
        }
    }

    private static List<String> missing(List<String> libraries, String readme) {
        List<String> named = readme.lines().dropWhile(line -> !line.matches("Librar(y|ies): .*"))
                .takeWhile(line -> !line.isBlank()).toList();
        return libraries.stream()
                .filter(library -> named.stream().noneMatch(line -> line.contains("`" + library + "`")))
                .toList();
    }

    /** The libraries that main code needs, without the modules of this project. */
    private static List<String> libraries(Path pom) throws Exception {
        return dependencies(pom).stream()
                .filter(one -> !text(one, "groupId").equals("io.pinfold") && !text(one, "scope").equals("test"))
                .map(one -> text(one, "artifactId")).toList();
    }

    private static List<Element> dependencies(Path pom) throws Exception {
        Element project = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(pom.toFile())
                .getDocumentElement();
        List<Element> found = new ArrayList<>();
        for (Element all : children(project.getChildNodes())) {
            if (all.getTagName().equals("dependencies")) {
                found.addAll(children(all.getChildNodes()));
            }
        }
        return found;
    }

    private static List<Element> children(NodeList nodes) {
        return IntStream.range(0, nodes.getLength()).mapToObj(nodes::item).filter(Element.class::isInstance)
                .map(Element.class::cast).toList();
    }

    private static String text(Element parent, String name) {
        return children(parent.getChildNodes()).stream().filter(child -> child.getTagName().equals(name))
                .map(child -> child.getTextContent().strip()).findFirst().orElse("");
    }
}
