package io.pinfold.hwmodel.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The option {@code --json[=FILE]}, for use as a picocli mixin. Without a file the JSON replaces the table on standard
 * output; with one, the table stays and the JSON goes to the file.
 */
public final class JsonTarget {

    private static final String NAME = "--json";
    private static final String STANDARD_OUTPUT = "";

    @Option(names = NAME, paramLabel = "FILE", arity = "0..1", fallbackValue = STANDARD_OUTPUT,
            description = "Print the result as JSON instead of a table, or write it to FILE (--json=FILE).")
    private @Nullable String target;

    /** For picocli. */
    public JsonTarget() {
    }

    /** Whether the JSON takes the place of the table on standard output. */
    public boolean replacesTable() {
        return STANDARD_OUTPUT.equals(target);
    }

    /** Writes the object where the option says; nowhere without the option. */
    public void write(Json object, PrintWriter out) throws IOException {
        if (target == null) {
            return;
        }
        if (replacesTable()) {
            out.println(object);
            out.flush();
        } else {
            Files.writeString(Path.of(target), object + System.lineSeparator());
        }
    }

    /**
     * Makes {@code --json} without a file say so, before picocli looks: an option whose value may be left out would take the
     * next argument, and {@code --json SRC DST} is how people write it.
     */
    static String[] prepare(String... args) {
        String[] prepared = args.clone();
        for (int i = 0; i < prepared.length && !prepared[i].equals("--"); i++) {
            if (prepared[i].equals(NAME)) {
                prepared[i] = NAME + "=" + STANDARD_OUTPUT;
            }
        }
        return prepared;
    }
}
