package io.pinfold.hwmodel.cli;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/**
 * The option {@code --json[=FILE]}, for use as a picocli mixin. Without a file the JSON replaces the table on standard
 * output; with one, the table stays and the JSON goes to the file. A command calls {@link #check} before its job, or
 * gives {@link #file} to {@link Outputs} if it reads or writes other files.
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

    /** Whether the option was given. */
    public boolean isWanted() {
        return target != null;
    }

    /**
     * The file, for {@link Outputs}; null when the JSON goes to standard output or nowhere.
     *
     * @throws PinfoldCommand.UsageException when the locale cannot spell its name
     */
    public @Nullable OutputFile file() {
        if (target == null || replacesTable()) {
            return null;
        }
        try {
            return new OutputFile(NAME, FileNames.parse(target));
        } catch (TypeConversionException e) {
            throw new PinfoldCommand.UsageException(NAME + ": " + e.getMessage(), e);
        }
    }

    /**
     * Checks before the job whether the file can be written.
     *
     * @throws PinfoldCommand.UsageException when it cannot
     */
    public void check() {
        new Outputs().output(file()).check();
    }

    /**
     * Writes the object to the place that the option names; does nothing without the option.
     *
     * @throws PinfoldCommand.UnwrittenException when the file cannot be written
     */
    public void write(Json object, PrintWriter out) {
        OutputFile file = file();
        if (file != null) {
            file.write(object + System.lineSeparator());
        } else if (replacesTable()) {
            out.println(object);
            out.flush();
        }
    }

    /**
     * Makes {@code --json} without a file explicit before picocli parses the arguments. An option whose value may be
     * left out would take the next argument, and {@code --json SRC DST} is the usual form.
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
