package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Backing;
import io.pinfold.jcstress.explore.memory.MemoryModel;
import io.pinfold.jcstress.explore.memory.Models;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.memory.ScMemory;
import io.pinfold.jcstress.explore.memory.StateKey;
import io.pinfold.jcstress.explore.scenario.Scenario;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tries the runs of a scenario one after the other: a stateless depth-first search over who goes next and which of the values
 * a load may return. Each run starts anew from what the scenario has built, follows the branch that is being tried to its end and
 * goes on in the ordinary way from there.
 *
 * <p><b>What is left out.</b> Without a bound: of two orders of independent steps one (sleep sets), and states that were reached before, as
 * long as every step that sleeps now slept then, too; otherwise only the steps that are awake now are tried (Godefroid's rule). The key of a
 * state is what is in memory, and for each strand a hash of all results it got, for what a strand knows follows from those. With a bound: states that
 * were reached by the same strand with as many preemptions left.
 */
public final class Search implements AutoCloseable {
    private static final int MOST_STRANDS = 8;
    private static final int WARM_UPS = 100;
    private static final int CLOCK_STRIDE = 64;
    /** After so many accesses without a scheduling point, one has one: others must get their turn, or a loop would never end. */
    private static final int MOST_QUIET = 1 << 16;

    private final Scenario scenario;
    private final Mode mode;
    private final Limits limits;
    private final @Nullable Lens lens;
    /** Where the access stands that a strand makes after a certain history. */
    private final Map<Long, List<Site>> sites = new HashMap<>();
    private final Backing backing = new Backing();
    private final MemoryModel model;
    private final ScMemory quietWords = new ScMemory(backing);
    private final Scenario.World world;
    private final List<String> names;
    private final Strand[] strands;
    private final HeapSnapshot heap;
    private final long lockMark;
    private final Reach reach = new Reach();
    private final SeenStates seen = new SeenStates();
    private final Path path = new Path();
    private final Events events = new Events();
    private final StateKey key = new StateKey();
    private final TreeMap<String, Long> outcomes = new TreeMap<>();

    private boolean warm;
    private long runs;
    private long accesses;
    private int longest;
    private @Nullable Violation violation;

    // the run that is on
    private int step;
    private int last;
    private int budget;
    /** Accesses of all runs before it. */
    private long before;
    /** What sleeps at the step that comes next, if that is new. */
    private long nextSleep;
    private boolean random;
    private SplittableRandom dice = new SplittableRandom(1);
    private @Nullable String broken;
    private @Nullable Throwable cause;
    private @Nullable Recorder recorder;
    private @Nullable Script script;

    /** Builds the scenario. */
    public Search(Scenario scenario, Mode mode, Limits limits) {
        this(scenario, mode, limits, null);
    }

    /** Builds the scenario, for a search through a lens. */
    public Search(Scenario scenario, Mode mode, Limits limits, @Nullable Lens lens) {
        this.lens = lens;
        this.scenario = scenario;
        this.mode = mode;
        this.limits = limits;
        model = Models.of(mode, backing);
        world = scenario.build();
        names = List.copyOf(world.strands());
        if (names.isEmpty() || names.size() > MOST_STRANDS) {
            throw new IllegalArgumentException(names.size() + " strands; 1 to " + MOST_STRANDS + " can be explored");
        }
        strands = new Strand[names.size()];
        for (int i = 0; i < strands.length; i++) {
            strands[i] = new Strand(i, this);
        }
        lockMark = LockWords.mark();
        Gate.open(backing);
        heap = new HeapSnapshot(world);
    }

    /** Tries everything within the limits. */
    public Result run() {
        long start = System.nanoTime();
        warmUp();
        boolean complete = false;
        boolean over = false;
        while (!over) {
            forget();
            over = true;
            while (true) {
                oneRun();
                if (reach.hasGrown()) {
                    over = false;
                    break;
                }
                if (broken != null && note() && limits.stopAtFirst()) {
                    break;
                }
                if (!path.next()) {
                    complete = true;
                    break;
                }
                if (runs >= limits.runs()
                        || runs % CLOCK_STRIDE == 0 && System.nanoTime() - start > limits.nanos()) {
                    break;
                }
            }
        }
        return result(complete, start);
    }

    /** Tries runs by chance: no search, but long runs are as likely to be disturbed at their end as at their beginning. */
    public Result runAtRandom(long seed) {
        long start = System.nanoTime();
        warmUp();
        forget();
        random = true;
        dice = new SplittableRandom(seed);
        while (runs < limits.runs() && (runs % CLOCK_STRIDE != 0 || System.nanoTime() - start <= limits.nanos())) {
            path.clear();
            oneRun();
            if (reach.hasGrown()) {
                continue;
            }
            if (broken != null && note() && limits.stopAtFirst()) {
                break;
            }
        }
        return result(false, start);
    }

    /** Finds out by a few runs which words are shared, for every later find makes the search begin anew. */
    private void warmUp() {
        random = true;
        for (int i = 0; i < WARM_UPS && limits.quietWords() && !warm; i++) {
            path.clear();
            oneRun();
        }
        random = false;
        warm = true;
        reach.hasGrown();
    }

    private void forget() {
        path.clear();
        seen.clear();
        outcomes.clear();
        runs = 0;
        accesses = 0;
        longest = 0;
        violation = null;
    }

    private Result result(boolean complete, long start) {
        List<String> missing = scenario.required().stream().filter(wanted -> !outcomes.containsKey(wanted)).toList();
        return new Result(scenario.name(), mode, random ? Result.RANDOM : limits.bound(), runs, seen.size(), longest,
                accesses, reach.gated(),
                System.nanoTime() - start, complete, outcomes, missing, violation);
    }

    // ---- one run --------------------------------------------------------------------------------------------------

    private void oneRun() {
        backing.undo();
        heap.restore();
        LockWords.reset(lockMark);
        model.begin(strands.length);
        broken = null;
        cause = null;
        before = accesses;
        step = 0;
        last = -1;
        budget = limits.bound();
        world.begin();
        for (Strand strand : strands) {
            int index = strand.index;
            strand.start(() -> world.run(index));
            if (ended(strand)) {
                break;
            }
        }
        try {
            while (broken == null && take()) {
                if (step > limits.steps()) {
                    fail("livelock: no end after " + limits.steps() + " steps", null);
                }
            }
        } catch (AssertionError | RuntimeException e) {
            fail(String.valueOf(e.getMessage()), e);
        }
        runs++;
        longest = Math.max(longest, step);
    }

    /** Takes the next step; false if there is none, or none that would show anything new. */
    private boolean take() {
        long sleepSet = 0;
        if (script != null) {
            String text = script.step(step);
            if (text.isEmpty()) {
                if (model.events() == 0 && nobodyCanGo()) {
                    end();
                }
                return false;
            }
            path.push(0);
            path.add(option(text));
        } else if (step < path.length()) {
            if (step == path.length() - 1) {
                sleepSet = sleepAfter(path.at(step), step);
            }
        } else {
            if (!expand()) {
                return false;
            }
            sleepSet = sleepAfter(path.at(step), step);
        }
        perform(path.at(step));
        nextSleep = sleepSet;
        step++;
        return true;
    }

    private void perform(int option) {
        int transition = Path.transition(option);
        if (transition >= Events.FIRST) {
            if (recorder != null) {
                String text = events.text(model, transition);
                recorder.step(text, 0);
                model.performEvent(events.name(transition));
                recorder.trace(new TraceStep(events.strand(transition), text, events.name(transition), new Op(), 0, 0,
                        false, false, List.of(), world.state()));
            } else {
                model.performEvent(events.name(transition));
            }
            return;
        }
        Strand strand = strands[transition];
        if (!strand.posted) {
            throw new IllegalStateException("the scenario is not deterministic: " + names.get(transition)
                    + " has ended where it went on in the run before");
        }
        if (last >= 0 && last != transition && strands[last].posted && isEnabled(strands[last])) {
            budget--;
        }
        last = transition;
        if (recorder != null) {
            recorder.step("t" + transition, Path.way(option));
        }
        long result = model.perform(transition, strand.op, Path.way(option));
        if (recorder != null) {
            trace(strand, result, Path.way(option), false);
        }
        strand.resume(result);
        ended(strand);
    }

    private void trace(Strand strand, long result, int way, boolean buffered) {
        Recorder to = recorder;
        if (to != null) {
            // what stays in the strand's own buffer changes nothing that anybody could see
            String state = buffered ? "" : world.state();
            to.trace(new TraceStep(strand.index, "", 0, new Op().copy(strand.op), result, way, buffered,
                    strand.lockMask != 0, strand.sites, state));
        }
    }

    /** Whether the strand's end ends the run, because it threw. */
    private boolean ended(Strand strand) {
        Throwable failure = strand.failure;
        if (failure != null) {
            fail(names.get(strand.index) + ": " + failure, failure);
        }
        return broken != null;
    }

    /** The run has come to an end that nobody made it come to. */
    private void end() {
        for (Strand strand : strands) {
            if (!strand.done) {
                fail("deadlock: " + waiting(), null);
                return;
            }
        }
        if (accesses == before) {
            fail("no strand made an access: is the explored Words in the path?", null);
            return;
        }
        String outcome = world.end();
        if (recorder == null) {
            outcomes.merge(outcome, 1L, Long::sum);
        }
        if (!scenario.allowed().contains(outcome)) {
            fail("forbidden outcome: " + outcome, null);
        }
    }

    private String waiting() {
        StringBuilder text = new StringBuilder();
        for (Strand strand : strands) {
            if (!strand.done) {
                text.append(text.isEmpty() ? "" : ", ").append(names.get(strand.index))
                        .append(strand.lockMask != 0 ? " waits for a lock" : " waits for a word to change");
            }
        }
        return text.toString();
    }

    private void fail(String message, @Nullable Throwable thrown) {
        if (broken == null) {
            broken = message;
            cause = thrown;
        }
    }

    // ---- choices --------------------------------------------------------------------------------------------------

    private boolean isEnabled(Strand strand) {
        return ways(strand) > 0;
    }

    private int ways(Strand strand) {
        Op op = strand.op;
        if (strand.lockMask != 0 && (backing.get(op.address, op.bytes) & strand.lockMask) != 0) {
            return 0;
        }
        return model.ways(strand.index, op);
    }

    /** Adds a step to the branch; false if the run has ended, or would show nothing new. */
    private boolean expand() {
        long asleep = limits.sleepSets() && !random ? step == 0 ? 0 : nextSleep : 0;
        long only = -1;
        int eventCount = model.events();
        if (eventCount == 0 && nobodyCanGo()) {
            end();
            return false;
        }
        if (limits.seenStates() && !random) {
            int slot = seen.find(high(), key.low(), limits.isBounded() ? budget : asleep);
            if (slot != SeenStates.NEW) {
                long then = seen.value(slot);
                if (limits.isBounded()) {
                    if (budget <= then) {
                        return false;
                    }
                    seen.set(slot, budget);
                } else {
                    only = then & ~asleep;
                    if (only == 0) {
                        return false;
                    }
                    asleep &= then;
                    seen.set(slot, asleep);
                }
            }
        }
        path.push(asleep);
        boolean mayPreempt = budget != 0 || last < 0 || strands[last].done || !isEnabled(strands[last]);
        if (last >= 0) {
            offer(last, asleep, only);
        }
        for (int i = 0; mayPreempt && i < strands.length; i++) {
            if (i != last) {
                offer(i, asleep, only);
            }
        }
        for (int i = 0; i < eventCount; i++) {
            int transition = events.transition(model.event(i));
            if (isAwake(transition, asleep, only)) {
                path.add(Path.option(transition, 0));
            }
        }
        int offered = path.optionsOfLast();
        if (offered == 0) {
            path.pop();
            return false;
        }
        if (random) {
            boolean stay = last >= 0 && Path.transition(path.at(step)) == last && dice.nextInt(4) != 0;
            path.choose(step, stay ? 0 : dice.nextInt(offered));
        }
        return true;
    }

    private boolean nobodyCanGo() {
        for (Strand strand : strands) {
            if (!strand.done && isEnabled(strand)) {
                return false;
            }
        }
        return true;
    }

    private void offer(int index, long asleep, long only) {
        Strand strand = strands[index];
        if (strand.done || !isAwake(index, asleep, only)) {
            return;
        }
        int ways = ways(strand);
        for (int way = 0; way < ways; way++) {
            path.add(Path.option(index, way));
        }
    }

    private static boolean isAwake(int transition, long asleep, long only) {
        if (transition >= Long.SIZE) {
            return true;
        }
        long bit = 1L << transition;
        return (asleep & bit) == 0 && (only & bit) != 0;
    }

    /** Of what sleeps at a step, or was tried there before, that which the chosen option does not wake. */
    private long sleepAfter(int option, int at) {
        if (!limits.sleepSets() || random) {
            return 0;
        }
        long candidates = path.sleepSet(at) | path.tried(at);
        long still = 0;
        while (candidates != 0) {
            int transition = Long.numberOfTrailingZeros(candidates);
            candidates &= candidates - 1;
            if (!dependent(Path.transition(option), transition)) {
                still |= 1L << transition;
            }
        }
        return still;
    }

    private boolean dependent(int a, int b) {
        if (a == b) {
            return true;
        }
        if (a >= Events.FIRST) {
            return b >= Events.FIRST ? model.dependent(events.name(a), events.name(b))
                    : model.dependent(events.name(a), b, strands[b].op);
        }
        return b >= Events.FIRST ? model.dependent(events.name(b), a, strands[a].op)
                : model.dependent(a, strands[a].op, b, strands[b].op);
    }

    private long high() {
        key.clear();
        model.mix(key);
        for (Strand strand : strands) {
            key.mix(strand.high);
            key.mix(strand.low);
            key.mix(strand.done ? 1 : 0);
        }
        if (limits.isBounded()) {
            key.mix(last);
        }
        return key.high();
    }

    // ---- asked by strands -----------------------------------------------------------------------------------------

    @Nullable
    Lens lens() {
        return lens;
    }

    /** Where the access stands that a strand, which is running, is about to make. What it did so far and its results tell. */
    List<Site> site(Strand strand) {
        long history = StateKey.hash(strand.high, (long) strand.accesses << Byte.SIZE | strand.index);
        return sites.computeIfAbsent(history, _ -> Site.here());
    }

    String strandName(int index) {
        return names.get(index);
    }

    /** Whether the access a strand is about to make needs no scheduling point. */
    boolean isQuiet(Strand strand) {
        accesses++;
        Op op = strand.op;
        if (op.kind == Op.Kind.FENCE || !limits.quietWords()) {
            return false;
        }
        boolean quiet = script != null ? script.isQuiet(strand.index) : reach.isQuiet(strand.index, op);
        if (quiet && (strand.lockMask != 0 && (backing.get(op.address, op.bytes) & strand.lockMask) != 0
                || op.kind == Op.Kind.WAIT && backing.get(op.address, op.bytes) == op.a
                || model.holds(strand.index, op) || strand.quietInARow > MOST_QUIET)) {
            quiet = false;
        }
        strand.quietInARow = quiet ? strand.quietInARow + 1 : 0;
        if (recorder != null) {
            recorder.access(strand.index, quiet);
        }
        return quiet;
    }

    boolean drains(Strand strand) {
        return model.drains(strand.index, strand.op);
    }

    long performQuietly(Op op) {
        return quietWords.perform(0, op, 0);
    }

    /** Whether the access a strand is about to make concerns nobody else. */
    boolean isAtOnce(Strand strand) {
        return strand.lockMask == 0 && model.isLocal(strand.index, strand.op);
    }

    long performAtOnce(Strand strand) {
        long result = model.perform(strand.index, strand.op, 0);
        if (recorder != null) {
            trace(strand, result, 0, true);
        }
        return result;
    }

    /** Whether strands shall tell where their accesses stand. */
    boolean isTracing() {
        return recorder != null;
    }

    // ---- violations -----------------------------------------------------------------------------------------------

    /** Keeps the violation of the run that has just ended, if it is the first. */
    private boolean note() {
        if (violation == null) {
            violation = new Violation(String.valueOf(broken), cause, record());
        }
        return true;
    }

    /** Runs the branch once more to write it down, which also shows that it can be repeated. */
    private Schedule record() {
        Recorder to = new Recorder(strands.length);
        recorder = to;
        String message = String.valueOf(broken);
        Throwable thrown = cause;
        long runsBefore = runs;
        long accessesBefore = accesses;
        oneRun();
        runs = runsBefore;
        accesses = accessesBefore;
        recorder = null;
        if (!message.equals(broken)) {
            throw new IllegalStateException(
                    "the scenario is not deterministic: \"" + message + "\", and the same run again: " + broken,
                    thrown);
        }
        cause = thrown;
        return to.schedule();
    }

    /** The option that a schedule calls so. */
    private int option(String text) {
        if (text.startsWith("e")) {
            return Path.option(events.parse(model, text), 0);
        }
        int dot = text.indexOf('.');
        int strand = Integer.parseInt(text, 1, dot < 0 ? text.length() : dot, 10);
        int way = dot < 0 ? 0 : Integer.parseInt(text, dot + 1, text.length(), 10);
        if (strand >= strands.length || !strands[strand].posted || way >= ways(strands[strand])) {
            throw new IllegalArgumentException(
                    "the schedule does not fit: " + text + " cannot go at step " + (step + 1));
        }
        return Path.option(strand, way);
    }

    /** Runs a schedule, and tells what came of it. */
    public Replay replay(Schedule schedule) {
        Recorder to = new Recorder(strands.length);
        recorder = to;
        script = new Script(schedule, strands.length);
        path.clear();
        WordNames words = new WordNames();
        world.name(words);
        String first = world.state();
        oneRun();
        script = null;
        recorder = null;
        return new Replay(names, first, to.steps(), broken, cause, to.schedule(), words);
    }

    @Override
    public void close() {
        backing.undo();
        heap.restore();
        Gate.close();
        world.close();
    }
}
