package io.pinfold.jcstress.explore.litmus;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Models;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.search.Limits;
import io.pinfold.jcstress.explore.search.Result;
import io.pinfold.jcstress.explore.search.Search;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Outcomes of many random programs, compared in two ways each. Programs that are too big for a complete search are
 * skipped.
 */
record Comparison(int compared, int passedOver, long naiveRuns, long prunedRuns) {
    private static final long RUNS_MAX = 100_000;

    /** Compares the search with all its pruning to the search without pruning. */
    static Comparison ofSearches(Mode mode, long seed, Op.Mode weakest, boolean waits, int programs, int accesses) {
        RandomPrograms random = new RandomPrograms(seed, weakest, waits);
        int compared = 0;
        long naiveRuns = 0;
        long prunedRuns = 0;
        for (int number = 0; number < programs; number++) {
            Program program = random.next(accesses - 2, accesses);
            Outcomes.Result naive = Outcomes.of(program, backing -> Models.of(mode, backing), RUNS_MAX);
            if (naive.complete()) {
                Set<String> outcomes = new TreeSet<>(naive.outcomes());
                boolean race = outcomes.remove(Outcomes.RACE);
                boolean stuck = outcomes.remove(Outcomes.STUCK);
                Result pruned = search(program, outcomes, mode);
                assertThat(pruned.complete()).isTrue();
                assertThat(pruned.outcomes().keySet()).as("%s: %s", mode, program).isEqualTo(outcomes);
                assertThat(pruned.violation() != null).as("%s: %s %s", mode, program, pruned.violation())
                        .isEqualTo(race || stuck);
                compared++;
                naiveRuns += naive.runs();
                prunedRuns += pruned.runs();
            }
        }
        return new Comparison(compared, programs - compared, naiveRuns, prunedRuns);
    }

    private static Result search(Program program, Set<String> allowed, Mode mode) {
        try (Search search = new Search(new ProgramScenario(program, allowed), mode, Limits.ALL)) {
            return search.run();
        }
    }

    /** Compares a program to the same with one access in a stronger mode, which must not have more outcomes. */
    static Comparison raised(Mode mode, long seed, int programs, int accesses) {
        RandomPrograms random = new RandomPrograms(seed, Op.Mode.PLAIN, true);
        SplittableRandom which = new SplittableRandom(seed);
        int compared = 0;
        for (int number = 0; number < programs; number++) {
            Program program = random.next(accesses - 2, accesses);
            Program raised = raise(program, which);
            Outcomes.Result weak = unchecked(mode, program);
            Outcomes.Result strong = unchecked(mode, raised);
            if (weak.complete()) {
                assertThat(weak.outcomes()).as("%s: %s raised to %s", mode, program, raised)
                        .containsAll(strong.outcomes());
                compared++;
            }
        }
        return new Comparison(compared, programs - compared, 0, 0);
    }

    /** Checks that every outcome of the next stronger memory is an outcome of this memory. */
    static Comparison included(Mode mode, long seed, int programs, int accesses) {
        Mode stronger = mode == Mode.VIEW ? Mode.TSO : Mode.values()[mode.ordinal() - 1];
        RandomPrograms random = new RandomPrograms(seed, Op.Mode.PLAIN, true);
        int compared = 0;
        for (int number = 0; number < programs; number++) {
            Program program = random.next(accesses - 2, accesses);
            Outcomes.Result weak = unchecked(mode, program);
            Outcomes.Result strong = unchecked(stronger, program);
            if (weak.complete()) {
                assertThat(weak.outcomes()).as("%s within %s: %s", stronger, mode, program)
                        .containsAll(strong.outcomes());
                compared++;
            }
        }
        return new Comparison(compared, programs - compared, 0, 0);
    }

    private static Outcomes.Result unchecked(Mode mode, Program program) {
        return Outcomes.of(program, backing -> Models.unchecked(mode, backing), RUNS_MAX);
    }

    private static Program raise(Program program, SplittableRandom which) {
        List<List<Op>> strands = new ArrayList<>();
        program.strands().forEach(strand -> strands.add(new ArrayList<>(strand)));
        List<Op> strand = strands.get(which.nextInt(strands.size()));
        int index = which.nextInt(strand.size());
        Op op = new Op().copy(strand.get(index));
        op.mode = switch (op.mode) {
            case RACY, PLAIN -> Op.Mode.OPAQUE;
            case OPAQUE -> op.kind == Op.Kind.LOAD ? Op.Mode.ACQUIRE
                    : op.kind == Op.Kind.STORE ? Op.Mode.RELEASE : Op.Mode.VOLATILE;
            case ACQUIRE, RELEASE, VOLATILE -> Op.Mode.VOLATILE;
        };
        strand.set(index, op);
        return new Program(strands);
    }
}
