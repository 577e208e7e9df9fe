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

/** Adds what was sampled just now to the totals file, if the code it was sampled with is that of a commit. */
public final class Accumulation {
    private final Path file;
    private final Repository repository;
    private final Origin origin;
    private final boolean isDirtyAllowed;
    private final PrintWriter out;

    /** For what a jar of a repository is run for. */
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

    /** Whether samples of this code are written down; says why not. */
    public boolean isWelcome() {
        if (origin.isDirty() && !isDirtyAllowed) {
            out.println(
                    "totals: not added, the code is not that of a commit (changed sources, or a jar older than they are);"
                            + " --allow-dirty adds it marked as such");
            return false;
        }
        return true;
    }

    /** Adds a run that ends now. Tests that went wrong are left out. */
    public void add(Collection<Tally> tallies) throws IOException {
        if (!isWelcome()) {
            return;
        }
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        add(now.toString(), now.atOffset(ZoneOffset.UTC).toLocalDate().toString(), tallies);
    }

    void add(String run, String day, Collection<Tally> tallies) throws IOException {
        Totals totals = Totals.read(file); // anew each time: somebody may have merged another machine's lines meanwhile
        int added = 0;
        for (Tally tally : tallies) {
            added += totals.add(run, day, origin, tally) ? 1 : 0;
        }
        totals.write(file);
        if (tallies.size() != 1) {
            out.println("totals: " + added + " of " + tallies.size() + " tests added to " + file);
        }
    }

    /** How far the tests of shipping code are: samples of product code that is what it is now. */
    public List<Goals.Goal> goals(Collection<String> tests, long samples) throws IOException {
        Predicate<Origin> counts = origin.isDirty() ? origin::equals
                : other -> !other.isDirty() && repository.isSameProduct(other.commit());
        return Goals.of(tests, samples, Totals.read(file), counts);
    }
}
