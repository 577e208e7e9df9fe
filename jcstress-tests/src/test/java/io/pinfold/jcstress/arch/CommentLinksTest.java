package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import org.junit.jupiter.api.Test;

/** No comment that users read links to a class or member that they do not see. */
class CommentLinksTest {
    private static final List<Path> ROOTS = List.of(Path.of("../core/src/main/java"),
            Path.of("../fastpath/src/main/java"));
    /** A package that is exported to everyone. */
    private static final Pattern EXPORTED = Pattern.compile("(?m)^    exports ([\\w.]+);");

    private static JavaFileObject source(String name, String text) {
        return new SimpleJavaFileObject(URI.create("string:///" + name), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
    }

    private static Set<String> exported() throws IOException {
        Set<String> exported = new HashSet<>();
        for (Path root : ROOTS) {
            EXPORTED.matcher(Files.readString(root.resolve("module-info.java"))).results()
                    .forEach(found -> exported.add(found.group(1)));
        }
        return exported;
    }

    /**
     * The sources of exported packages, and the comment of each module as that of a package: a descriptor among the
     * sources would have all of them compiled as a module.
     */
    private static List<JavaFileObject> sources(Set<String> exported) throws IOException {
        List<JavaFileObject> sources = new ArrayList<>();
        for (Path root : ROOTS) {
            String module = Files.readString(root.resolve("module-info.java"));
            String name = "descriptor" + ROOTS.indexOf(root);
            sources.add(source(name + "/package-info.java",
                    module.substring(0, module.indexOf("*/")) + "*/ package " + name + ";"));
            for (String folder : exported) {
                Path path = root.resolve(folder.replace('.', '/'));
                if (Files.isDirectory(path)) {
                    try (Stream<Path> files = Files.list(path)) {
                        for (Path file : files.filter(Files::isRegularFile).toList()) {
                            sources.add(source(root.relativize(file).toString().replace('\\', '/'),
                                    Files.readString(file)));
                        }
                    }
                }
            }
        }
        return sources;
    }

    @Test
    void noLinkForUsersLeadsToWhatTheyDoNotSee() throws IOException {
        Set<String> exported = exported();
        CommentLinks links = CommentLinks.of(exported, sources(exported));
        assertThat(links.hidden()).isEmpty();
        assertThat(links.count()).isGreaterThan(500);
    }

    @Test
    void aLinkToWhatUsersDoNotSeeIsNoticed() throws IOException {
        CommentLinks links = CommentLinks.of(exported(), List.of(source("io/pinfold/core/gup/Planted.java", """
                package io.pinfold.core.gup;

                import io.pinfold.core.pgtable.Entry;

                /**
                 * In the bits of {@link Entry}, with {@link Errno} and {@link #hidden}.
                 *
                 * @see io.pinfold.core.page
                 */
                public class Planted {
                    /** Not for users: {@link Entry#NONE}. */
                    static int hidden;
                    /** {@return one of {@link Entry#isNone(long)}, {@link java.util.List}, {@link Planted}} */
                    protected int one() {
                        return 0;
                    }

                    /** Not for users: {@link Entry}. */
                    static class Inner {
                        /** Not either: {@link Entry}. */
                        public int two;
                    }
                }
                """)));
        assertThat(links.hidden()).containsExactlyInAnyOrder("io.pinfold.core.gup.Planted -> Entry",
                "io.pinfold.core.gup.Planted -> #hidden", "io.pinfold.core.gup.Planted -> io.pinfold.core.page",
                "one() -> Entry#isNone(long)");
        assertThat(links.count()).isEqualTo(7);
    }
}
