package io.pinfold.jcstress.spin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A protocol in Promela: one file, and in the comment at its head one line for each defence that can be left out,
 * {@code -DNAME  what is missing}.
 *
 * @param file     the model
 * @param title    first line of its comment
 * @param switches defences that can be left out
 */
public record SpinModel(Path file, String title, List<Switch> switches) {
    private static final Pattern SWITCH = Pattern.compile(" \\* -D([A-Z_]+) +(.*)");

    /** A defence that is left out by {@code -Dname}. */
    public record Switch(String name, String what) {
    }

    public SpinModel {
        switches = List.copyOf(switches);
    }

    /** The models of a folder, sorted by name. */
    public static List<SpinModel> in(Path folder) throws IOException {
        List<SpinModel> models = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".pml")).sorted().toList()) {
                models.add(read(file));
            }
        }
        return models;
    }

    private static SpinModel read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<Switch> switches = new ArrayList<>();
        for (String line : lines) {
            Matcher matcher = SWITCH.matcher(line);
            if (matcher.matches()) {
                switches.add(new Switch(matcher.group(1), matcher.group(2)));
            }
        }
        return new SpinModel(file, lines.isEmpty() ? "" : lines.getFirst().replaceFirst("^/\\* ?", ""), switches);
    }

    /** The file name without its ending: {@code pin_unmap}. */
    public String name() {
        return file.getFileName().toString().replace(".pml", "");
    }
}
