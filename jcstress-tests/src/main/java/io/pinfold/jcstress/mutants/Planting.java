package io.pinfold.jcstress.mutants;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/** Puts a mutant into the sources it changes, and compiles only those. */
final class Planting {

    private final Project project;

    Planting(Project project) {
        this.project = project;
    }

    /** The reasons why the mutant has no place in the current sources; empty when it has one. */
    List<String> problems(Mutant mutant) throws IOException {
        List<String> problems = new ArrayList<>();
        changed(mutant, problems);
        return problems;
    }

    /**
     * Compiles the mutant.
     *
     * @param classes the folder of its classes
     * @throws IOException if it has no place any more, or does not compile
     */
    void plant(Mutant mutant, Path classes) throws IOException {
        List<String> problems = new ArrayList<>();
        Map<String, String> sources = changed(mutant, problems);
        if (!problems.isEmpty()) {
            throw new IOException(mutant.id() + ": " + problems);
        }
        List<JavaFileObject> units = new ArrayList<>();
        sources.forEach((name, text) -> units.add(new Anchors.Text(name, text)));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> told = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(told, null, StandardCharsets.UTF_8)) {
            files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(Files.createDirectories(classes)));
            files.setLocationFromPaths(StandardLocation.CLASS_PATH, project.built());
            boolean done = compiler.getTask(null, files, told, List.of("-proc:none", "-implicit:none", "-g"), null,
                    units).call();
            if (!done) {
                throw new IOException(mutant.id() + " does not compile: " + told.getDiagnostics().stream()
                        .filter(one -> one.getKind() == Diagnostic.Kind.ERROR).map(Object::toString)
                        .collect(Collectors.joining("; ")));
            }
        }
    }

    /** The changed text of each class; edits without a place are added to {@code problems}. */
    private Map<String, String> changed(Mutant mutant, List<String> problems) throws IOException {
        Map<String, List<Edit>> byFile = new LinkedHashMap<>();
        mutant.edits().forEach(edit -> byFile.computeIfAbsent(edit.file(), key -> new ArrayList<>()).add(edit));
        Map<String, String> sources = new LinkedHashMap<>();
        for (Map.Entry<String, List<Edit>> file : byFile.entrySet()) {
            Path path = project.home().resolve(file.getKey());
            if (!Files.exists(path)) {
                problems.add(file.getKey() + " is gone");
                continue;
            }
            String source = Files.readString(path);
            Edit first = file.getValue().getFirst();
            Anchors anchors = new Anchors(first.simpleName(), source);
            List<Anchors.Place> places = new ArrayList<>();
            for (Edit edit : file.getValue()) {
                Anchors.Place place = anchors.find(edit);
                if (place.problem() != null) {
                    problems.add(place.problem());
                }
                places.add(place);
            }
            if (problems.isEmpty()) {
                sources.put(first.className(), Anchors.apply(source, file.getValue(), places));
            }
        }
        return sources;
    }
}
