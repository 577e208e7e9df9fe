package io.pinfold.hwmodel.cli;

import io.pinfold.hwmodel.copy.CopyOptions;
import io.pinfold.hwmodel.copy.CopyRefusedException;
import io.pinfold.hwmodel.copy.CopyReport;
import io.pinfold.hwmodel.copy.DmaCopy;
import io.pinfold.hwmodel.copy.Lifetime;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code pinfold dma-copy}. */
@Command(name = "dma-copy", mixinStandardHelpOptions = true, sortOptions = false,
        description = {"Copies a file through pinned native memory and proves that nothing was lost.", "",
                "A DMA engine reads SRC into user pages and writes DST from the very same frames. What the user program"
                        + " does with its addresses meanwhile must not matter: rivals unmap them, map them again, protect"
                        + " them, store junk through them and re-use every frame that comes free. The pin is what keeps the"
                        + " frames in place; try --lifetime none to see a copy without it.%n"},
        footer = {"", "Examples:", "  pinfold dma-copy movie.mkv copy.mkv --rivals 4",
                "  pinfold dma-copy movie.mkv copy.mkv --rivals 4 --seed 7 --json=result.json",
                "  pinfold dma-copy movie.mkv copy.mkv --rivals 2 --lifetime none    goes wrong, and says how", "",
                "How to read the result:",
                "  taken away while in flight  pages whose address mapped another frame, or none, at the end",
                "  frames reused               frames that were in flight and have been freed since",
                "  stale DMA                   transfers that touched a frame after it was freed: 0 with a pin", "",
                "Exit codes: 0 the audit is clean and, with rivals, pages were taken away and frames reused;",
                "1 anything else once the job ran; 2 wrong usage, nothing was touched."})
public final class DmaCopyCommand implements PinfoldCommand {

    private static final String REAL = "real: the files, the native memory, the threads; modelled: the DMA device, the page"
            + " tables, the CPU's accesses";

    @Parameters(index = "0", paramLabel = "SRC", description = "The file to read.")
    private @Nullable Path source;

    @Parameters(index = "1", paramLabel = "DST",
            description = "The file to write; created, or replaced when the copy is whole and the same.")
    private @Nullable Path target;

    @Option(names = "--batch", paramLabel = "PAGES", defaultValue = "" + CopyOptions.BATCH_PAGES,
            description = "Pages of 4096 bytes in one pin (${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--rivals", paramLabel = "N", defaultValue = "0",
            description = "Threads that work against the copy (${DEFAULT-VALUE}).")
    private int rivals;

    @Option(names = "--memory", paramLabel = "SIZE", defaultValue = "256M", converter = Sizes.class,
            description = "Memory of the modelled machine, such as 64M or 4G (${DEFAULT-VALUE}); a multiple of 4M.")
    private long memory;

    @Option(names = "--lifetime", paramLabel = "HOW", defaultValue = "pin",
            description = "What keeps the frames: pin, longterm (all memory NORMAL), get (a plain reference), or none"
                    + " (${DEFAULT-VALUE}).")
    private Lifetime lifetime = Lifetime.PIN;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of the rivals' choices (from the clock).")
    private @Nullable Long seed;

    @Mixin
    private JsonTarget json = new JsonTarget();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** For {@link java.util.ServiceLoader}. */
    public DmaCopyCommand() {
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        new Outputs().taken("SRC", path(source)).taken("DST", path(target)).output(json.file()).check();
        CopyReport report = copy(err);
        if (!json.replacesTable()) {
            CopyTable.print(report, out);
        }
        explain(report, err);
        json.write(CopyTable.json(report), out);
        return report.exitCode();
    }

    private CopyReport copy(PrintWriter err) {
        try {
            CopyOptions options = new CopyOptions(path(source), path(target), batch, rivals, memory, lifetime,
                    seed != null ? seed : System.nanoTime());
            String banner = "dma-copy: seed " + options.seed() + "; " + REAL;
            try (Progress progress = new Progress(err, "bytes", options.source().toFile().length())) {
                long start = System.nanoTime();
                return runInterruptibly(new DmaCopy(options, bytes -> {
                    if (bytes == 0) {
                        progress.say(banner);
                    }
                    progress.at(bytes, megabytesPerSecond(bytes, System.nanoTime() - start));
                }));
            }
        } catch (CopyRefusedException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    private static String megabytesPerSecond(long bytes, long nanos) {
        return String.format(Locale.ROOT, "%.0f MB/s", bytes / 1e6 / (nanos / 1e9));
    }

    private static Path path(@Nullable Path given) {
        if (given == null) {
            throw new IllegalStateException("picocli requires SRC and DST");
        }
        return given;
    }

    /**
     * Ctrl-C ends the copy in order: the hook holds the JVM back until the job has unwound, for a few seconds at most.
     */
    private static CopyReport runInterruptibly(DmaCopy job) {
        CountDownLatch over = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            job.cancel();
            try {
                over.await(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "dma-copy-interrupted");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return job.run();
        } finally {
            over.countDown();
            removeHook(hook);
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is going down already: the hook runs or has run.
        }
    }

    private void explain(CopyReport report, PrintWriter err) {
        if (report.noRaceHappened()) {
            err.println("no race happened: " + report.takenAwayWhilePinned() + " pages were taken away in flight and "
                    + report.framesReused() + " frames reused" + (report.bytes() == 0 ? "; SRC is empty" : ""));
        }
        if (!report.clean()) {
            err.println("the audit found: " + report.findings().getFirst()
                    + (report.findings().size() > 1 ? " (and " + (report.findings().size() - 1) + " more)" : ""));
        }
        Throwable defect = report.defect();
        if (defect != null) {
            defect.printStackTrace(err);
        }
        err.flush();
    }
}
