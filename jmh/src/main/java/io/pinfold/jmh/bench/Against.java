package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.cli.Progress;
import io.pinfold.jmh.bench.OtherCommit.FailedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Measures groups of rows of two products by turns: a JVM of this tree, then one of the other commit, in the opposite
 * order the next time.
 *
 * @param here  the JVMs of this tree
 * @param other the JVMs of the other commit
 * @param jvms  number of JVMs of each side
 */
record Against(ChildJvm here, ChildJvm other, int jvms) {

    /** Measures one group of rows in a JVM that is started for it. */
    interface Meter {
        List<Figure> run(Group group, int rounds, long seed) throws InterruptedException;
    }

    /**
     * Builds the products that are missing, and makes the class paths of both sides.
     *
     * @param home   of the working tree
     * @param commit id of the other one
     * @param work   an empty folder, in use until everything is measured
     */
    static Against prepare(Path home, String commit, Path work, int jvms, PrintWriter err)
            throws FailedException, IOException, InterruptedException {
        List<Path> ours = List.of(SideClasses.origin(io.pinfold.core.memory.PhysicalMemory.class),
                SideClasses.origin(io.pinfold.fastpath.GupSession.class));
        List<Path> rest = SideClasses.copies(SideClasses.classPathWithout(ours), work.resolve("lib"));
        List<Path> product = SideClasses.copies(ours, work.resolve("product"));
        OtherCommit built = OtherCommit.built(home, commit, err);
        Path sources = home.resolve("jmh").resolve("src").resolve("main").resolve("java");
        List<Path> benchmarks = SideClasses.isEmpty(built.benchmarks()) ? List.of(sources)
                : List.of(sources, built.benchmarks());
        return new Against(new ChildJvm(SideClasses.compile(List.of(sources), work.resolve("here"), product, rest)),
                new ChildJvm(SideClasses.compile(benchmarks, work.resolve("other"), built.jars(), rest)), jvms);
    }

    /** Measures all rows of some groups. */
    List<Comparison> measure(List<Group> groups, int rounds, long seed, PrintWriter err) throws InterruptedException {
        try (Progress progress = new Progress(err, "JVMs of each side", (long) groups.size() * jvms)) {
            return measure(groups, rounds, seed, jvms, here::run, other::run, progress);
        }
    }

    /** Measures with any measurer, for tests. */
    static List<Comparison> measure(List<Group> groups, int rounds, long seed, int jvms, Meter here, Meter other,
            Progress progress) throws InterruptedException {
        List<Comparison> rows = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            Group group = groups.get(i);
            List<Figure> ofHere = new ArrayList<>();
            List<Figure> ofOther = new ArrayList<>();
            for (int jvm = 0; jvm < jvms; jvm++) {
                progress.at((long) i * jvms + jvm, String.join(", ", group.ids()));
                boolean isOtherFirst = jvm % 2 == 0;
                if (isOtherFirst) {
                    ofOther.addAll(other.run(group, rounds, seed + jvm));
                }
                ofHere.addAll(here.run(group, rounds, seed + jvm));
                if (!isOtherFirst) {
                    ofOther.addAll(other.run(group, rounds, seed + jvm));
                }
                if (isMissing(ofHere) || isMissing(ofOther)) {
                    break; // the next JVM would report the same
                }
            }
            rows.addAll(compare(ofHere, ofOther));
        }
        return rows;
    }

    private static boolean isMissing(List<Figure> figures) {
        return figures.stream().allMatch(figure -> !Double.isFinite(figure.nanos()));
    }

    /** The rows of one group, some of which a side may lack. */
    static List<Comparison> compare(List<Figure> here, List<Figure> other) {
        Map<String, List<Figure>> ids = new LinkedHashMap<>();
        Stream.concat(here.stream(), other.stream())
                .forEach(figure -> ids.computeIfAbsent(figure.id(), id -> new ArrayList<>()).add(figure));
        List<Comparison> rows = new ArrayList<>();
        ids.forEach((id, both) -> {
            String unit = both.stream().filter(figure -> Double.isFinite(figure.nanos())).map(Comparison::unit)
                    .findFirst().orElse("");
            List<String> why = new ArrayList<>();
            List<Double> ofHere = costs(id, here, "this tree", why);
            List<Double> ofOther = costs(id, other, "the other commit", why);
            rows.add(new Comparison(id, unit, ofHere, ofOther, String.join("; ", why)));
        });
        return rows;
    }

    /** The costs by JVM; none, with the reason, if one JVM has none. */
    private static List<Double> costs(String id, List<Figure> figures, String side, List<String> why) {
        List<Double> costs = new ArrayList<>();
        for (Figure figure : figures) {
            if (figure.id().equals(id)) {
                double cost = Comparison.cost(figure);
                if (!Double.isFinite(cost)) {
                    why.add(side + ": " + figure.note());
                    return List.of();
                }
                costs.add(cost);
            }
        }
        if (costs.isEmpty()) {
            why.add(side + ": no such row");
        }
        return costs;
    }

    /** Removes a folder as far as that is possible. */
    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // the folder is a temporary one, so a remainder is harmless
        }
    }
}
