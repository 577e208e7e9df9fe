package io.pinfold.hwmodel.cli;

import io.pinfold.hwmodel.conformance.Conformance;
import io.pinfold.hwmodel.conformance.ConformanceReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code pinfold conformance}, which compares the running kernel with the library. */
@Command(name = "conformance", mixinStandardHelpOptions = true, sortOptions = false,
        description = {"Holds the library against the kernel that runs here.", "",
                "Each row is done twice, by system calls on the running kernel and on the library, and what both show is"
                        + " compared: pin counters, errnos, what program and device see, whether the frame changed. Random"
                        + " traces do the same with many small steps. What a row needs and this system does not have is"
                        + " skipped, with the reason.%n"},
        footer = {"", "Examples:", "  pinfold conformance", "  pinfold conformance --json=result.json",
                "  pinfold conformance --only register-thp,stale-dontneed",
                "  pinfold conformance --only traces --seed 4711 --traces 1     plays one trace again", "",
                "Most rows need root: without it the kernel shows neither exact pin counters nor frame numbers. The pool of"
                        + " huge pages is raised and put back.",
                "",
                "Exit codes: 0 every difference is one that a row explains; 1 another difference; 2 wrong usage."})
public final class ConformanceCommand implements PinfoldCommand {

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
            description = "Seed of the first random trace; the others count up from it (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--traces", paramLabel = "N", defaultValue = "300",
            description = "Random traces to play (${DEFAULT-VALUE}).")
    private int traces;

    @Option(names = "--only", paramLabel = "ID", split = ",",
            description = "Play these rows only; \"" + Conformance.TRACES + "\" stands for the random traces.")
    private Set<String> only = new LinkedHashSet<>();

    @Mixin
    private JsonTarget json = new JsonTarget();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** For {@link java.util.ServiceLoader}. */
    public ConformanceCommand() {
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        json.check();
        if (traces < 0) {
            throw new UsageException("--traces " + traces + " is negative", null);
        }
        Provenance from = Provenance.now();
        ConformanceReport report;
        try (Progress progress = new Progress(err, "rows and traces", 0)) {
            Conformance job = new Conformance(only, seed, traces,
                    Path.of(System.getProperty("java.io.tmpdir", "/tmp")), progress::say);
            progress.say("conformance: " + System.getProperty("os.name") + " " + System.getProperty("os.version")
                    + "; real: the kernel, its pages, its io_uring; modelled: the library's page tables, faults and DMA"
                    + " engine");
            report = job.run(progress::at);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
        if (!json.replacesTable()) {
            ConformanceTable.print(report, out);
            out.println(from);
            out.flush();
        }
        json.write(from.into(ConformanceTable.json(report)), out);
        return report.exitCode();
    }
}
