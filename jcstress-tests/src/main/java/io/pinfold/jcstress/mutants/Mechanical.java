package io.pinfold.jcstress.mutants;

import io.pinfold.hwmodel.cli.JsonTarget;
import io.pinfold.hwmodel.cli.PinfoldCommand;
import io.pinfold.hwmodel.cli.PinfoldCommand.UsageException;
import io.pinfold.hwmodel.cli.Progress;
import io.pinfold.hwmodel.cli.Provenance;
import io.pinfold.jcstress.mutants.mechanical.ClassResult;
import io.pinfold.jcstress.mutants.mechanical.MechanicalResult;
import io.pinfold.jcstress.mutants.mechanical.MechanicalRun;
import io.pinfold.jcstress.mutants.mechanical.ResultFolder;
import io.pinfold.jcstress.mutants.mechanical.Shard;
import io.pinfold.jcstress.mutants.mechanical.SurvivorList;
import io.pinfold.jcstress.mutants.mechanical.TimeBudget;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;

/**
 * {@code pinfold mutants --mechanical}.
 *
 * @param only  classes; empty for all that have to be judged
 * @param shard the part of them
 * @param isRoomOnly whether what survives the tests of its room is left for another run
 * @param jobs  JVMs side by side
 */
record Mechanical(List<String> only, Shard shard, boolean isRoomOnly, int jobs) {

    /** A command's time: no class is begun when it is nearly over, and none goes on behind it. */
    private static final Duration LIMIT = Duration.ofMinutes(45);

    static Shard shard(String text) {
        try {
            return Shard.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--shard " + e.getMessage(), e);
        }
    }

    int run(JsonTarget json, PrintWriter out, PrintWriter err) throws IOException, InterruptedException {
        TimeBudget budget = new TimeBudget(LIMIT, System::nanoTime);
        Project project = Project.ofLauncher();
        TestBuild.ensure(project, err);
        Provenance from = Provenance.now();
        MechanicalClasses classes = new MechanicalClasses(project);
        List<String> wanted = only.isEmpty() ? classes.scope() : only.stream().map(classes::named).distinct().toList();
        List<String> part = shard.part(wanted, classes::weight);
        List<ClassResult> results;
        try (Progress progress = new Progress(err, "classes", part.size())) {
            MechanicalRun run = new MechanicalRun(new PitJvm(project, jobs),
                    new MechanicalTests(project, MutantFile.load()),
                    new ResultFolder(project.mechanical()), budget, progress);
            results = run.run(classes.codes(part, from.commit()), isRoomOnly);
        }
        boolean isWhole = only.isEmpty() && shard.equals(Shard.ALL);
        return report(new MechanicalResult(results, isWhole, SurvivorList.load()), from, json, out, err);
    }

    static int report(MechanicalResult result, Provenance from, JsonTarget json, PrintWriter out, PrintWriter err) {
        if (!json.replacesTable()) {
            result.table().forEach(out::println);
            out.println(from);
            out.flush();
        }
        result.remarks().forEach(remark -> err.println("mutants: " + remark));
        List<String> problems = result.problems();
        problems.forEach(problem -> err.println("mutants: " + problem));
        err.flush();
        json.write(from.into(result.json()), out);
        return problems.isEmpty() ? PinfoldCommand.DONE : PinfoldCommand.FOUND;
    }
}
