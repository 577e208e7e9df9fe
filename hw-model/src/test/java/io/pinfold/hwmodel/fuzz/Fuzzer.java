package io.pinfold.hwmodel.fuzz;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The process that fuzzes: rounds until a number of calls was made, or a number of minutes has passed. It ends with 0,
 * or with {@value #FOUND} after a finding. System properties set its options:
 *
 * <pre>
 * pinfold.fuzz.seed      where it begins; printed
 * pinfold.fuzz.round     only this round of the seed
 * pinfold.fuzz.calls     1,000,000
 * pinfold.minutes        for so many minutes instead
 * pinfold.fuzz.threads   4
 * pinfold.fuzz.findings  after so many kinds of findings it ends; 1
 * pinfold.fuzz.hostile, pinfold.fuzz.hostile.calls: see {@link Hostility}
 * pinfold.fuzz.folder    for the journal and thread dumps; target
 * </pre>
 */
final class Fuzzer {
    static final int FOUND = 1;
    private static final int CALLS_OF_A_ROUND = Integer.getInteger("pinfold.fuzz.round.calls", 8_000);

    final Findings findings;
    final Calls calls = new Calls();
    final Journal journal;
    final Tally tally;
    private final Path scratch;
    private FileChannel channel; // guarded by this
    final Watchdog watchdog;
    final long[] numbers = new long[Journal.THREADS];
    private final PrintStream out;

    Fuzzer(PrintStream out, Path folder) throws IOException {
        this.out = out;
        this.journal = Journal.open(folder.resolve("journal"));
        this.tally = new Tally(calls.all());
        this.findings = new Findings(out, journal, tally::made);
        this.scratch = folder.resolve("scratch");
        this.watchdog = new Watchdog(Long.getLong("pinfold.fuzz.patience", 60), folder, findings);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path folder = Path.of(System.getProperty("pinfold.fuzz.folder", "target"));
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("pid"), Long.toString(ProcessHandle.current().pid()));
        PrintStream out = System.out;
        Fuzzer fuzzer = new Fuzzer(out, folder);
        boolean isClean = fuzzer.run();
        out.flush();
        Runtime.getRuntime().halt(isClean ? 0 : FOUND); // daemons of a round that failed are not waited for
    }

    /** A file to read and write. */
    synchronized FileChannel channel() {
        try {
            if (channel == null || !channel.isOpen()) {
                channel = FileChannel.open(scratch, StandardOpenOption.CREATE, StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
            }
            return channel;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean run() throws InterruptedException {
        long seed = Long.getLong("pinfold.fuzz.seed", System.nanoTime());
        long wanted = Long.getLong("pinfold.fuzz.calls", 1_000_000);
        long minutes = Long.getLong("pinfold.minutes", 0);
        int threads = Integer.getInteger("pinfold.fuzz.threads", 4);
        int most = Integer.getInteger("pinfold.fuzz.findings", 1);
        Integer only = Integer.getInteger("pinfold.fuzz.round");
        out.println("fuzz: seed " + seed + ", " + calls.all().size() + " kinds of calls, " + threads + " threads");
        long begin = System.nanoTime();
        long end = begin + minutes * 60_000_000_000L;
        int number = only == null ? 0 : only;
        do {
            findings.at("-Dpinfold.fuzz.seed=" + seed + " -Dpinfold.fuzz.round=" + number);
            new Round(this, seed, number, threads, CALLS_OF_A_ROUND).run();
            number++;
        } while (findings.kinds() < most && only == null
                && (minutes > 0 ? System.nanoTime() < end : tally.made() < wanted));
        boolean isWhole = only == null && findings.kinds() == 0;
        List<String> misses = isWhole ? tally.misses(Math.min(tally.made(), 1_000_000)) : List.of();
        out.print(tally.table());
        misses.forEach(miss -> out.println("MISSED " + miss));
        out.printf("fuzz: seed %d, %d rounds, %,d calls in %.1f s, %d kinds of findings, %d kinds of calls too rare%n",
                seed,
                number, tally.made(), (System.nanoTime() - begin) / 1e9, findings.kinds(), misses.size());
        out.print(findings.summary());
        return findings.kinds() == 0 && misses.isEmpty();
    }
}
