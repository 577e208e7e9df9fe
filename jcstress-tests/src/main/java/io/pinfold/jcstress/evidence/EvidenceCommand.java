package io.pinfold.jcstress.evidence;

import io.pinfold.hwmodel.cli.AlignedTable;
import io.pinfold.hwmodel.cli.Json;
import io.pinfold.hwmodel.cli.JsonTarget;
import io.pinfold.hwmodel.cli.OutputFile;
import io.pinfold.hwmodel.cli.Outputs;
import io.pinfold.hwmodel.cli.PinfoldCommand;
import io.pinfold.hwmodel.cli.Progress;
import io.pinfold.hwmodel.cli.Provenance;
import io.pinfold.hwmodel.process.Repository;
import io.pinfold.jcstress.spin.Spin;
import io.pinfold.jcstress.spin.SpinModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code pinfold evidence}. */
@Command(name = "evidence", mixinStandardHelpOptions = true, sortOptions = false,
        description = {
                "Gathers what speaks for the library, and what none of it shows.", "",
                "Races and their tests, samples, schedules, mutants, weakened accesses, the running kernel, Spin models.",
                "It runs nothing (but for --spin): it reads the files that the other commands left in"
                        + " jcstress-tests/evidence, and says of each of which day and code it is.%n"},
        footer = {"",
                "Exit codes: 0 nothing speaks against the library; 1 something does (what is missing or about other code"
                        + " does not); 2 wrong usage."})
public final class EvidenceCommand implements PinfoldCommand {
    @Option(names = "--html", paramLabel = "FILE", description = "Write a page that needs nothing else.")
    private @Nullable Path html;

    @Option(names = "--spin",
            description = "Run the Spin models first (spin and cc are needed) and keep what they found.")
    private boolean isSpinRun;

    @Option(names = "--from", paramLabel = "FOLDER",
            description = "Where the files are (jcstress-tests/evidence of the project).")
    private @Nullable Path from;

    @Mixin
    private JsonTarget json = new JsonTarget();

    @Spec
    private @Nullable CommandSpec spec;

    /** For picocli. */
    public EvidenceCommand() {
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (spec == null) {
            throw new IllegalStateException("not called by picocli");
        }
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        Path home = Path.of(System.getProperty("pinfold.home", "")).toAbsolutePath();
        Path folder = from != null ? from : home.resolve("jcstress-tests/evidence");
        OutputFile page = html == null ? null : new OutputFile("--html", html);
        outputs(folder).output(page).output(json.file()).check();
        Repository repository = new Repository(home);
        Provenance from = Provenance.of(repository);
        if (isSpinRun && !spin(home, folder, from, err)) {
            return FOUND;
        }
        List<Table> tables = new Report(folder, repository).tables();
        if (!json.replacesTable()) {
            print(tables, out);
        }
        try {
            json.write(json(tables, from), out);
        } finally { // an output that cannot be written does not keep the other from being written
            if (page != null) {
                page.write(new EvidencePage(tables, from.toString()).text());
                err.println("evidence: page written to " + page.path());
                err.flush();
            }
        }
        return tables.stream().anyMatch(EvidenceCommand::speaksAgainst) ? FOUND : DONE;
    }

    /** Refuses outputs that are inputs, or that {@code --spin} is about to write. */
    private static Outputs outputs(Path folder) throws IOException {
        Outputs outputs = new Outputs().taken("evidence", folder.resolve(Report.SPIN));
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(Files::isRegularFile).sorted().forEach(file -> outputs.taken("evidence", file));
            }
        }
        return outputs;
    }

    private static boolean speaksAgainst(Table table) {
        return table.summary().tone() == Cell.Tone.BAD || table.source().tone() == Cell.Tone.BAD;
    }

    private static void print(List<Table> tables, PrintWriter out) {
        AlignedTable lines = new AlignedTable().left("evidence").left("what it comes to");
        for (Table table : tables) {
            lines.row(table.title(), table.summary().text());
            if (!table.source().text().isEmpty()) {
                lines.row("", table.source().text());
            }
        }
        lines.lines().forEach(out::println);
        out.flush();
    }

    private static Json json(List<Table> tables, Provenance from) {
        List<Json> parts = new ArrayList<>();
        for (Table table : tables) {
            List<List<String>> rows = table.rows().stream().map(row -> row.stream().map(Cell::text).toList()).toList();
            parts.add(new Json().put("title", table.title()).put("summary", table.summary().text())
                    .put("tone", table.summary().tone().name().toLowerCase(Locale.ROOT))
                    .put("source", table.source().text()).put("columns", table.columns()).put("rows", rows));
        }
        return from.into(new Json()).put("tables", parts);
    }

    /** Runs Spin; false when it is not installed. Its findings are judged with all others. */
    private static boolean spin(Path home, Path folder, Provenance from, PrintWriter err)
            throws IOException, InterruptedException {
        String missing = Spin.missing();
        if (missing != null) {
            err.println("evidence: the Spin models were not run: " + missing);
            err.flush();
            return false;
        }
        Spin spin = new Spin(Files.createTempDirectory("pinfold-spin"));
        List<Json> results = new ArrayList<>();
        List<SpinModel> models = SpinModel.in(home.resolve("jcstress-tests/src/main/spin"));
        try (Progress progress = new Progress(err, "Spin models", models.size())) {
            for (SpinModel model : models) {
                for (Spin.Result result : spin.check(model)) {
                    results.add(json(result));
                }
                progress.step(model.name());
            }
        }
        Files.createDirectories(folder);
        Json found = from.into(new Json()).put("spin", spin.version()).put("models", results);
        new OutputFile("--spin", folder.resolve(Report.SPIN)).write(found + System.lineSeparator());
        return true;
    }

    private static Json json(Spin.Result result) {
        return new Json().put("model", result.model()).put("variant", result.variant()).put("errors", result.errors())
                .put("states", result.states()).put("message", result.message())
                .put("asItShould", result.isAsItShould());
    }
}
