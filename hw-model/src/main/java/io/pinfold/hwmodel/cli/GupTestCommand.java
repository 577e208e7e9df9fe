package io.pinfold.hwmodel.cli;

import io.pinfold.core.kernel.FollFlags;
import io.pinfold.hwmodel.guptest.GupCall;
import io.pinfold.hwmodel.guptest.GupTest;
import io.pinfold.hwmodel.guptest.GupTestOptions;
import io.pinfold.hwmodel.guptest.GupTestRefusedException;
import io.pinfold.hwmodel.guptest.GupTestReport;
import io.pinfold.hwmodel.guptest.HugePageAdvice;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command {@code pinfold gup-test}, whose option letters are those of the kernel's tool. */
@Command(name = "gup-test", mixinStandardHelpOptions = true, sortOptions = false,
        description = {"Times get and pin calls over a range of pages, as the kernel's gup_test does.", "",
                "All pages of the range are got or pinned by one call after the other, and given back. Between the two,"
                        + " outside the times, every page is looked at: pinned pages must be dma-pinned, and must no longer"
                        + " be it once they were given back; the pin counters must agree. Several calls are tried one"
                        + " after the other.%n"},
        footer = {"", "Examples:", "  pinfold gup-test -a -r 5",
                "  pinfold gup-test -u -a -U -b -L -m 64 -n 512 -r 10 --json=result.json",
                "  pinfold gup-test -z -b -m 16                 the calls fault",
                "  pinfold gup-test -c -F 0x1 0 19 0x1000       dumps three pages", "",
                "Times are those of this JVM: the first runs are slow because it has just started (-r). \"pinfold bench\""
                        + " compares with C.",
                "",
                "Exit codes: 0 every call obtained all its pages and the checks found nothing; 1 anything else;",
                "2 wrong usage, nothing was done."})
public final class GupTestCommand implements PinfoldCommand {

    @Option(names = "-u", description = "GUP_FAST: get_user_pages_fast(); this one if no call is named.")
    private boolean gupFast;

    @Option(names = "-a", description = "PIN_FAST: pin_user_pages_fast().")
    private boolean pinFast;

    @Option(names = "-U", description = "GUP basic: get_user_pages().")
    private boolean gupBasic;

    @Option(names = "-b", description = "PIN basic: pin_user_pages().")
    private boolean pinBasic;

    @Option(names = "-L", description = "PIN_LONGTERM: pin_user_pages() with FOLL_LONGTERM.")
    private boolean pinLongterm;

    @Option(names = "-m", paramLabel = "MB", defaultValue = "" + GupTestOptions.MEGABYTES,
            description = "Size of the range in MiB (${DEFAULT-VALUE}).")
    private long megabytes;

    @Option(names = "-r", paramLabel = "REPEATS", defaultValue = "1", description = "Runs (${DEFAULT-VALUE}).")
    private int repeats;

    @Option(names = "-n", paramLabel = "PAGES", defaultValue = "1", description = "Pages per call (${DEFAULT-VALUE}).")
    private int pagesPerCall;

    @Option(names = "-j", paramLabel = "THREADS", defaultValue = "1",
            description = "Threads that do the same at the same time, on the same pages (${DEFAULT-VALUE}).")
    private int threads;

    @ArgGroup(exclusive = true)
    private @Nullable Access access;

    @Option(names = "-F", paramLabel = "FLAGS", defaultValue = "0", converter = FlagBits.class,
            description = "More FOLL_ flags, as a number such as 0x80; passed on as they are.")
    private int flags;

    @ArgGroup(exclusive = true)
    private @Nullable Advice advice;

    @Option(names = "-H", description = "Map hugetlb pages.")
    private boolean isHugetlb;

    @Option(names = "-S", description = "Map shared memory instead of private.")
    private boolean isShared;

    @ArgGroup(exclusive = true)
    private @Nullable Touch touch;

    @Option(names = "--extents",
            description = "Let the calls answer extents, one for a run of frames, not lists of pages.")
    private boolean isExtents;

    @Option(names = "-c",
            description = "Dump pages: prints everything about PAGE... while they are held for the first time.")
    private boolean isDump;

    @Parameters(paramLabel = "PAGE", arity = "0..*", converter = Index.class,
            description = "With -c: index of a page of the range, from 0; up to 8 of them (0).")
    private List<Long> pages = new ArrayList<>();

    @Mixin
    private JsonTarget json = new JsonTarget();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Of two letters the kernel's tool takes the last one; here they exclude each other. */
    static final class Access {
        @Option(names = "-w", description = "Write access (FOLL_WRITE); so it is without -W.")
        boolean write;

        @Option(names = "-W", description = "Read access.")
        boolean read;
    }

    static final class Advice {
        @Option(names = "-t", description = "Transparent huge pages on (MADV_HUGEPAGE).")
        boolean on;

        @Option(names = "-T", description = "Transparent huge pages off (MADV_NOHUGEPAGE).")
        boolean off;
    }

    static final class Touch {
        @Option(names = "-p", description = "Touch all pages before; so it is without -z.")
        boolean before;

        @Option(names = "-z", description = "Do not touch the pages: the first run of calls faults them in.")
        boolean inside;
    }

    /** For {@link java.util.ServiceLoader}. */
    public GupTestCommand() {
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        json.check();
        GupTestReport report;
        try {
            GupTestOptions options = options();
            err.println("gup-test: " + GupTestTable.title(options)
                    + "; real: the memory, the threads, the time; modelled: page tables, faults");
            err.flush();
            long runs = (long) options.calls().size() * options.repeats();
            try (Progress progress = new Progress(err, "runs", runs)) {
                report = GupTest.run(options, done -> progress.at(done, ""));
            }
        } catch (GupTestRefusedException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
        if (!json.replacesTable()) {
            GupTestTable.print(report, out);
        }
        report.findings().forEach(finding -> err.println("found: " + finding));
        err.flush();
        json.write(GupTestTable.json(report), out);
        return report.exitCode();
    }

    private GupTestOptions options() {
        if (!isDump && !pages.isEmpty()) {
            throw new UsageException("pages to dump (" + pages + ") are for -c", null);
        }
        int all = access != null && access.read ? flags : flags | FollFlags.FOLL_WRITE;
        return new GupTestOptions(megabytes, repeats, pagesPerCall, calls(), all, threads, hugePages(), isHugetlb,
                isShared,
                touch == null || !touch.inside, isExtents, isDump && pages.isEmpty() ? List.of(0L) : pages);
    }

    private List<GupCall> calls() {
        List<GupCall> calls = new ArrayList<>();
        addIf(gupFast, GupCall.GUP_FAST_BENCHMARK, calls);
        addIf(pinFast, GupCall.PIN_FAST_BENCHMARK, calls);
        addIf(gupBasic, GupCall.GUP_BASIC_TEST, calls);
        addIf(pinBasic, GupCall.PIN_BASIC_TEST, calls);
        addIf(pinLongterm, GupCall.PIN_LONGTERM_BENCHMARK, calls);
        // Without another call a dump takes its pages as the kernel's tool does: by get_user_pages().
        addIf(calls.isEmpty(), isDump ? GupCall.GUP_BASIC_TEST : GupCall.GUP_FAST_BENCHMARK, calls);
        return calls;
    }

    private static void addIf(boolean wanted, GupCall call, List<GupCall> calls) {
        if (wanted) {
            calls.add(call);
        }
    }

    private HugePageAdvice hugePages() {
        if (advice == null) {
            return HugePageAdvice.DEFAULT;
        }
        return advice.on ? HugePageAdvice.ALWAYS : HugePageAdvice.NEVER;
    }

    /** Parses flags in decimal, hexadecimal (0x) or octal (0) form; 32 bits. */
    static final class FlagBits implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            long bits = number(text);
            if (bits < 0 || bits >= 1L << Integer.SIZE) {
                throw new TypeConversionException("'" + text + "' does not fit into 32 bits");
            }
            return (int) bits;
        }
    }

    /** Parses an index in decimal, hexadecimal or octal form. */
    static final class Index implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return number(text);
        }
    }

    private static long number(String text) {
        try {
            return Long.decode(text.toLowerCase(Locale.ROOT));
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is not a number such as 19 or 0x1000");
        }
    }
}
