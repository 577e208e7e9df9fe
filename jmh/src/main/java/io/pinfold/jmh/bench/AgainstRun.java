package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.cli.PinfoldCommand.UsageException;
import io.pinfold.jmh.bench.OtherCommit.FailedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * One call of {@code pinfold bench --against}.
 *
 * @param commit as the user named it
 * @param jvms   of each side
 * @param rounds of each JVM
 * @param seed   of the first JVM of each side
 */
record AgainstRun(String commit, int jvms, int rounds, long seed) {

    /**
     * Builds, measures and compares.
     *
     * @param isWanted whether a row, by its id, is to be reported
     * @throws UsageException  if there is no such commit or no source tree
     * @throws FailedException if the commit does not build
     */
    AgainstReport report(List<Group> groups, Predicate<String> isWanted, Machine machine, PrintWriter err)
            throws FailedException, IOException, InterruptedException {
        String folder = System.getProperty("pinfold.home");
        if (folder == null) {
            throw new UsageException("--against " + commit + " needs the source tree: start it by ./pinfold", null);
        }
        Path home = Path.of(folder);
        String id = idOf(home);
        String here = OtherCommit.nameOf(home);
        Path work = Files.createTempDirectory("pinfold-against");
        try {
            Against sides = Against.prepare(home, id, work, jvms, err);
            List<Comparison> rows = new ArrayList<>(sides.measure(groups, rounds, seed, err));
            rows.removeIf(row -> !isWanted.test(row.id()));
            return new AgainstReport(machine, here, id.substring(0, 10), jvms, rounds, seed, rows);
        } finally {
            Against.delete(work);
        }
    }

    private String idOf(Path home) throws IOException, InterruptedException {
        try {
            return OtherCommit.idOf(home, commit);
        } catch (FailedException e) {
            throw new UsageException("--against: " + e.getMessage(), e);
        }
    }
}
