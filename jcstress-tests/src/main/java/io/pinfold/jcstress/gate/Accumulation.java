package io.pinfold.jcstress.gate;

import io.pinfold.hwmodel.process.Repository;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/** Adds new samples to the totals file, if the sampled code is that of a commit. */
public final class Accumulation {
    private final Path file;
    private final Repository repository;
    private final Origin origin;
    private final boolean isDirtyAllowed;
    private final PrintWriter out;

    /** Opens the totals for the runs of a repository's jar. */
    public Accumulation(Path file, Repository repository, Path jar, boolean isDirtyAllowed, PrintWriter out)
            throws IOException {
        this(file, repository, Origin.of(repository, jar), isDirtyAllowed, out);
    }

    Accumulation(Path file, Repository repository, Origin origin, boolean isDirtyAllowed, PrintWriter out) {
        this.file = file;
        this.repository = repository;
        this.origin = origin;
        this.isDirtyAllowed = isDirtyAllowed;
        this.out = out;
    }

    /** Whether samples of this code are recorded; prints the reason if not. */
    public boolean isWelcome() {
        if (origin.isDirty() && !isDirtyAllowed) {
            out.println(
                    "totals: not added, the code is not that of a commit (changed sources, or a jar older than they are);"
                            + " --allow-dirty adds it marked as such");
            return false;
        }
        return true;
    }

    /** Adds a run that ends now. Failed tests are left out. */
    public void add(Collection<Tally> tallies) throws IOException {
        if (!isWelcome()) {
            return;
        }
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        add(now.toString(), now.atOffset(ZoneOffset.UTC).toLocalDate().toString(), tallies);
    }

    void add(String run, String day, Collection<Tally> tallies) throws IOException {
        Totals totals = Totals.read(file); // read anew: lines may have been merged in meanwhile
        int added = 0;
        for (Tally tally : tallies) {
            added += totals.add(run, day, origin, tally) ? 1 : 0;
        }
        totals.write(file);
        if (tallies.size() != 1) {
            out.println("totals: " + added + " of " + tallies.size() + " tests added to " + file);
        }
    }

    /** The goals of the tests of shipping code, with their samples of unchanged product code. */
    public List<Goals.Goal> goals(Collection<String> tests, long samples) throws IOException {
        Predicate<Origin> counts = origin.isDirty() ? origin::equals
                : other -> !other.isDirty() && repository.isSameProduct(other.commit());
        return Goals.of(tests, samples, Totals.read(file), counts);
    }
}
