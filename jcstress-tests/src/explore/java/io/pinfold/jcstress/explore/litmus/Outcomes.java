package io.pinfold.jcstress.explore.litmus;

import io.pinfold.jcstress.explore.memory.BackingWords;
import io.pinfold.jcstress.explore.memory.DataRace;
import io.pinfold.jcstress.explore.memory.MemoryModel;
import io.pinfold.jcstress.explore.memory.Op;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The outcomes of a {@link Program} under a memory model, found by trying every order and every way without pruning. It
 * shares no code with the search, whose reference it is.
 */
public final class Outcomes {
    /** A run that cannot go on although not all its strands have ended. */
    public static final String STUCK = "stuck";
    /** A run that ended in a data race. */
    public static final String RACE = "race";

    private final Program program;
    private final BackingWords backing;
    private final MemoryModel model;
    private final long base;
    private final long runsMax;
    private final Set<String> found = new TreeSet<>();
    /** The option taken at each step of the run, and the number of options. */
    private final List<int[]> path = new ArrayList<>();
    private long runs;

    private Outcomes(Program program, BackingWords backing, MemoryModel model, long base, long runsMax) {
        this.program = program.placed(base);
        this.backing = backing;
        this.model = model;
        this.base = base;
        this.runsMax = runsMax;
    }

    /** The result of a search. */
    public record Result(Set<String> outcomes, long runs, boolean complete) {
    }

    /**
     * Searches, or gives up after {@code runsMax} runs. An outcome is all values that loads and read-modify-writes
     * returned, by strand, then what the words hold in the end: {@code 0 1 | 1 | 1 1}.
     */
    public static Result of(Program program, Function<BackingWords, MemoryModel> memory, long runsMax) {
        try (Arena arena = Arena.ofConfined()) {
            long base = arena.allocate(program.bytes(), Program.STRIDE).address();
            BackingWords backing = new BackingWords();
            Outcomes search = new Outcomes(program, backing, memory.apply(backing), base, runsMax);
            return search.all();
        }
    }

    private Result all() {
        do {
            backing.undo();
            found.add(run());
            runs++;
        } while (next() && runs < runsMax);
        return new Result(found, runs, path.isEmpty());
    }

    /** Moves to the next path; false if there is none. */
    private boolean next() {
        while (!path.isEmpty() && path.getLast()[0] + 1 == path.getLast()[1]) {
            path.removeLast();
        }
        if (path.isEmpty()) {
            return false;
        }
        path.getLast()[0]++;
        return true;
    }

    private String run() {
        int strands = program.strands().size();
        int[] at = new int[strands];
        StringBuilder[] read = new StringBuilder[strands];
        for (int strand = 0; strand < strands; strand++) {
            read[strand] = new StringBuilder();
        }
        model.begin(strands);
        int depth = 0;
        for (int options = options(at); options > 0; options = options(at)) {
            if (depth == path.size()) {
                path.add(new int[]{0, options});
            }
            try {
                step(at, read, path.get(depth++)[0]);
            } catch (DataRace race) {
                return RACE;
            }
        }
        for (int strand = 0; strand < strands; strand++) {
            if (at[strand] < program.strands().get(strand).size()) {
                return STUCK;
            }
        }
        return String.join("| ", read) + "|" + memory();
    }

    private int options(int[] at) {
        int options = model.events();
        for (int strand = 0; strand < at.length; strand++) {
            List<Op> ops = program.strands().get(strand);
            options += at[strand] < ops.size() ? model.ways(strand, ops.get(at[strand])) : 0;
        }
        return options;
    }

    private void step(int[] at, StringBuilder[] read, int option) {
        int left = option;
        for (int strand = 0; strand < at.length; strand++) {
            List<Op> ops = program.strands().get(strand);
            if (at[strand] < ops.size()) {
                Op op = ops.get(at[strand]);
                int ways = model.ways(strand, op);
                if (left < ways) {
                    at[strand]++;
                    long value = model.perform(strand, op, left);
                    if (op.kind != Op.Kind.STORE && op.kind != Op.Kind.FENCE && op.kind != Op.Kind.FILL) {
                        read[strand].append(value).append(' ');
                    }
                    return;
                }
                left -= ways;
            }
        }
        model.performEvent(model.event(left));
    }

    private String memory() {
        StringBuilder text = new StringBuilder();
        for (int word = 0; word < program.words(); word++) {
            text.append(' ').append(backing.get(base + (long) word * Program.STRIDE, Long.BYTES));
        }
        return text.toString();
    }
}
