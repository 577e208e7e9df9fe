package io.pinfold.jcstress.arch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The comments of the Java sources of all modules. */
final class Comments {
    private static final Path ROOT = Path.of("..");
    private static final List<String> MODULES = List.of("core", "fastpath", "hw-model", "jcstress-tests", "jmh");
    /** Comments, and strings, which may hold the same characters. */
    private static final Pattern COMMENT = Pattern
            .compile("//[^\\n]*|/\\*.*?\\*/|\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])*'",
                    Pattern.DOTALL);

    private Comments() {
    }

    /** The comments of a source, each with the whole lines that it touches. */
    static List<String> lines(String source) {
        List<String> found = new ArrayList<>();
        for (Matcher at = COMMENT.matcher(source); at.find();) {
            if (at.group().startsWith("/")) {
                int end = source.indexOf('\n', at.end());
                found.add(source.substring(source.lastIndexOf('\n', at.start()) + 1,
                        end < 0 ? source.length() : end));
            }
        }
        return found;
    }

    /** The comments of a source, without the code beside them. */
    static List<String> texts(String source) {
        return COMMENT.matcher(source).results().map(found -> found.group()).filter(text -> text.startsWith("/"))
                .toList();
    }

    /**
     * The faults of all sources, each with its file.
     *
     * @param faults the faults of one source
     */
    static List<String> faults(Function<String, List<String>> faults) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : files()) {
            faults.apply(read(file)).forEach(fault -> found.add(ROOT.relativize(file) + ": " + fault));
        }
        return found;
    }

    /** The Java sources of all modules. */
    static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String module : MODULES) {
            try (Stream<Path> all = Files.walk(ROOT.resolve(module).resolve("src"))) {
                all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
            }
        }
        return files;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
