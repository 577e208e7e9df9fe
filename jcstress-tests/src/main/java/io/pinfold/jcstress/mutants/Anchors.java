package io.pinfold.jcstress.mutants;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Finds the places of edits in one source file: by method, step and text, so that the code around an edit may move. */
final class Anchors {

    /** The most lines between a comment that names a step and the text below it. */
    private static final int COMMENT_LINES = 12;

    private final String name;
    private final String source;
    private final List<Method> methods;

    private record Method(String name, int start, int end) {
    }

    /** The place of an edit, or the reason why it has none. */
    record Place(int start, int end, @Nullable String problem) {
        static Place problem(String what) {
            return new Place(0, 0, what);
        }
    }

    Anchors(String name, String source) {
        this.name = name;
        this.source = source;
        this.methods = parse(name, source);
    }

    /** The source with the edits in place; their places were found before, and do not overlap. */
    static String apply(String source, List<Edit> edits, List<Place> places) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < edits.size(); i++) {
            order.add(i);
        }
        order.sort((a, b) -> places.get(b).start() - places.get(a).start());
        StringBuilder changed = new StringBuilder(source);
        for (int i : order) {
            changed.replace(places.get(i).start(), places.get(i).end(), edits.get(i).newText());
        }
        return changed.toString();
    }

    /** Finds the place of one edit. */
    Place find(Edit edit) {
        List<Method> named = methods.stream().filter(method -> method.name.equals(edit.method())).toList();
        if (named.isEmpty()) {
            return Place.problem(name + " has no method " + edit.method() + "; nearest: " + nearest(edit.oldText()));
        }
        Pattern pattern = Pattern.compile(String.join("\\s+",
                Arrays.stream(edit.oldText().strip().split("\\s+", -1)).map(Pattern::quote).toList()));
        List<Place> places = new ArrayList<>();
        for (Method method : named) {
            Matcher matcher = pattern.matcher(source).region(method.start, method.end);
            while (matcher.find()) {
                places.add(stepped(edit, new Place(matcher.start(), matcher.end(), null)));
            }
        }
        if (places.isEmpty()) {
            return Place.problem(name + ", " + edit.method() + ": the text is gone: " + flat(edit.oldText())
                    + "; nearest: " + nearest(edit.oldText()));
        }
        if (places.size() > 1) {
            return Place.problem(name + ", " + edit.method() + ": the text stands there " + places.size() + " times: "
                    + flat(edit.oldText()));
        }
        return places.getFirst();
    }

    private Place stepped(Edit edit, Place place) {
        if (edit.step().equals("-")) {
            return place;
        }
        int from = place.start();
        for (int lines = 0; lines <= COMMENT_LINES && from > 0; lines++) {
            from = source.lastIndexOf('\n', from - 1);
        }
        int to = source.indexOf('\n', place.end());
        String around = source.substring(Math.max(from, 0), to < 0 ? source.length() : to);
        Pattern comment = Pattern.compile("(//|\\*)[^\n]*\\b" + Pattern.quote(edit.step()) + "\\b");
        return comment.matcher(around).find() ? place
                : Place.problem(name + ", " + edit.method() + ": no comment names step " + edit.step() + " above line "
                        + lineOf(place.start()) + ": " + flat(edit.oldText()));
    }

    /** The lines that have the most words in common with a text, with their numbers. */
    private String nearest(String text) {
        String[] lines = source.split("\n", -1);
        int height = text.split("\n", -1).length;
        Set<String> wanted = words(text);
        double best = -1;
        int bestLine = 0;
        for (int i = 0; i + height <= lines.length; i++) {
            Set<String> there = words(String.join(" ", Arrays.copyOfRange(lines, i, i + height)));
            Set<String> common = new HashSet<>(wanted);
            common.retainAll(there);
            double score = 2.0 * common.size() / (wanted.size() + there.size() + 1);
            if (score > best) {
                best = score;
                bestLine = i;
            }
        }
        return "line " + (bestLine + 1) + ": "
                + flat(String.join(" ", Arrays.copyOfRange(lines, bestLine, bestLine + height)));
    }

    private static Set<String> words(String text) {
        Set<String> words = new HashSet<>(Arrays.asList(text.split("\\W+", -1)));
        words.remove("");
        return words;
    }

    private static String flat(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }

    private int lineOf(int offset) {
        return (int) source.substring(0, offset).chars().filter(c -> c == '\n').count() + 1;
    }

    private static List<Method> parse(String name, String source) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavacTask task = (JavacTask) compiler.getTask(null, null, diagnostic -> {
            // source that does not parse has no methods, and every anchor in it is reported as missing
        }, List.of("-proc:none"), null, List.of(new Text(name, source)));
        List<Method> found = new ArrayList<>();
        SourcePositions positions = Trees.instance(task).getSourcePositions();
        try {
            for (CompilationUnitTree unit : task.parse()) {
                new TreeScanner<@Nullable Void, @Nullable Void>() {
                    @Override
                    public @Nullable Void visitMethod(MethodTree method, @Nullable Void unused) {
                        found.add(new Method(method.getName().toString(),
                                (int) positions.getStartPosition(unit, method),
                                (int) positions.getEndPosition(unit, method)));
                        return super.visitMethod(method, null);
                    }
                }.scan(unit, null);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** A source file in memory. */
    static final class Text extends SimpleJavaFileObject {
        private final String text;

        Text(String className, String text) {
            super(URI.create("string:///" + className.replace('.', '/') + JavaFileObject.Kind.SOURCE.extension),
                    JavaFileObject.Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
