package io.pinfold.core.forms;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A form of core, on which tests of a module run once more in a JVM of their own: classes of one folder stand in the
 * place of core's, because the folder comes first on the class path. It is a class-path form, as all test runs of this
 * build are (useModulePath is false): on a module path two folders with one package do not start. Apart from that the
 * JVM is as this one, in its options and libraries. {@code GeometryProof} and {@code CheckedProof} make sure of the
 * folder.
 */
public final class Form {
    private static final Path CORE = Path.of("..", "core").toAbsolutePath().normalize();
    private static final int SHOWN_LINES = 20;

    private final String name;
    private final Path folder;
    private final List<Path> last = new ArrayList<>();
    private final Map<String, String> properties = new LinkedHashMap<>();
    private String withoutTag = "";
    private long minutes = Long.MAX_VALUE;
    private Path reports = Path.of("target", "surefire-reports");

    /** What {@code folder} makes; {@code name} ends the name of the report, and no other form of the module has it. */
    private Form(String name, Path folder) {
        this.name = name;
        this.folder = folder;
        properties.put("junit.jupiter.extensions.autodetection.enabled", "true");
    }

    /** The page tables of {@code core/src/geometry-SHAPE}. */
    public static Form geometry(String shape, String nameEnd) {
        Path folder = CORE.resolve("target", "geometry", shape);
        Form form = new Form("geometry-" + shape + nameEnd, folder).with("pinfold.geometry.folder", folder.toString());
        form.last.add(CORE.resolve("target", "test-classes")); // GeometryProof, for the modules above core
        return form;
    }

    /** Checked memory: a {@code Words} that allows an access only if the rules of the word it goes to do. */
    public static Form checked(String name) {
        Form form = new Form(name, checkedFolder()).with("pinfold.checked.folder", checkedFolder().toString())
                .with("junit.jupiter.extensions.autodetection.exclude", "io.pinfold.core.pgtable.GeometryProof");
        form.last.add(CORE.resolve("src", "checked", "resources")); // CheckedProof
        return form;
    }

    /** The classes of checked memory; among them are the tests of its rules. */
    public static Path checkedFolder() {
        return CORE.resolve("target", "checked");
    }

    /** With slots of the locked form, which needs no heavy fence: see {@code HeavyFence}. */
    public Form lockedSlots() {
        return with("pinfold.slots", "locked");
    }

    /** With a system property. */
    public Form with(String property, String value) {
        properties.put(property, value);
        return this;
    }

    /** Without the tests that carry {@code tag}. */
    public Form withoutTag(String tag) {
        withoutTag = tag;
        return this;
    }

    /** Ends the run after so many minutes. */
    public Form within(long limit) {
        minutes = limit;
        return this;
    }

    /** With the report and the output in another folder, where the summary of a build does not count them. */
    public Form reportingTo(Path other) {
        reports = other;
        return this;
    }

    /**
     * Runs test classes on this form.
     *
     * @throws AssertionError naming the failures, if a test failed, no test ran, or the JVM did not come to its end
     */
    public void run(List<String> classes) throws IOException, InterruptedException {
        Files.createDirectories(reports);
        Path output = reports.resolve(name + "-output.txt");
        // Into a file: Surefire speaks through this JVM's standard output, and a pipe would have to be read.
        Process process = new ProcessBuilder(command(classes)).redirectErrorStream(true)
                .redirectOutput(output.toFile()).start();
        boolean ended = true;
        try {
            if (minutes == Long.MAX_VALUE) {
                process.waitFor();
            } else {
                ended = process.waitFor(minutes, TimeUnit.MINUTES);
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        if (!ended) {
            throw new AssertionError(name + " did not end within " + minutes + " minutes" + said(output));
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(name + " ended with exit code " + process.exitValue() + said(output));
        }
    }

    private List<String> command(List<String> classes) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        // What was given to Maven (a seed, a number of rounds) reached this JVM as properties, and not as arguments.
        System.getProperties().stringPropertyNames().stream()
                .filter(key -> key.startsWith("pinfold.") || key.equals("seed") || key.equals("rounds"))
                .forEach(key -> command.add("-D" + key + "=" + System.getProperty(key)));
        properties.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.addAll(List.of("-cp", classPath(), Fork.class.getName(), reports.toString(), name, withoutTag));
        command.addAll(classes);
        return command;
    }

    private String classPath() {
        StringBuilder path = new StringBuilder().append(folder).append(File.pathSeparatorChar)
                .append(System.getProperty("java.class.path"));
        last.forEach(element -> path.append(File.pathSeparatorChar).append(element));
        return path.toString();
    }

    /** The failures, or how the output ends if the JVM came to no result. */
    private static String said(Path output) throws IOException {
        List<String> lines = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).lines().toList();
        List<String> results = lines.stream().filter(line -> line.startsWith(Fork.RESULT)).toList();
        List<String> shown = results.isEmpty() ? lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size())
                : results;
        return " (" + output + "):\n" + String.join("\n", shown);
    }
}
