package io.pinfold.hwmodel.guptest;

import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.hwmodel.stats.NamedCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The resources and the steps of one test. For each call and each repeat it does
 *
 * <pre>
 *   begin -> (get -> checkHeld -> put -> checkReleased)* -> end
 * </pre>
 *
 * where the steps in parentheses repeat for each slice. Only get and put are timed. One thread, which starts the
 * others.
 */
final class GupTestRun implements AutoCloseable {

    private final GupTestOptions options;
    private final int sliceCalls;
    private final int pagesPerCall;
    private final PhysicalMemory memory;
    private final Findings findings = new Findings();
    private final PinChecks checks;
    private final List<GupRun> runs = new ArrayList<>();
    private final List<GupTestReport.Dump> dumps = new ArrayList<>();
    private final List<Caller> callers = new ArrayList<>();
    private final AddressSpace space;
    private long address;
    private boolean isFinished;

    private GupTestRun(GupTestOptions options, MemoryPlan plan, PhysicalMemory memory) {
        this.options = options;
        this.sliceCalls = plan.calls();
        this.pagesPerCall = MemoryPlan.pagesPerCall(options);
        this.memory = memory;
        this.checks = new PinChecks(memory, findings);
        this.space = AddressSpace.create(memory);
    }

    /**
     * Opens the memory and nothing else.
     *
     * @throws GupTestRefusedException if the system does not give that much
     */
    static GupTestRun open(GupTestOptions options, MemoryPlan plan) {
        try {
            return new GupTestRun(options, plan, PhysicalMemory.open(plan.memory()));
        } catch (IllegalStateException e) { // the message names limit and remedy
            throw new GupTestRefusedException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Sets up the range and opens the callers; false if that failed, which is a finding. */
    boolean setUp() {
        return map() && prepare();
    }

    /** The first half of {@link #setUp}: maps the range. */
    boolean map() {
        try {
            address = UserRange.map(space, options);
            return true;
        } catch (UserRange.SetupException e) {
            findings.add(e.broken(), String.valueOf(e.getMessage()));
            return false;
        }
    }

    /** The second half: advises and touches the range, and opens the callers. */
    boolean prepare() {
        try {
            UserRange.prepare(space, address, options);
        } catch (UserRange.SetupException e) {
            findings.add(e.broken(), String.valueOf(e.getMessage()));
            return false;
        }
        for (int i = 0; i < options.threads(); i++) {
            callers.add(new Caller(memory, space, options, sliceCalls, pagesPerCall));
        }
        return true;
    }

    /** Makes all calls of the options. An exception of the memory becomes a finding, and ends the test. */
    void callAll(IntConsumer done) {
        int calls = 0;
        try (Crew crew = new Crew(callers)) {
            for (GupCall call : options.calls()) {
                for (int repeat = 0; repeat < options.repeats(); repeat++) {
                    callOnce(crew, call, repeat);
                    done.accept(++calls);
                }
            }
        } catch (IllegalStateException e) {
            boolean model = e.getCause() instanceof MemoryModelError;
            findings.add(model ? GupClause.GUP12 : GupClause.GUP11, String.valueOf(e.getMessage()));
        }
    }

    private void callOnce(Crew crew, GupCall call, int repeat) {
        begin(call);
        long pages = options.pages();
        int slice = (int) Math.min(pages, (long) sliceCalls * pagesPerCall);
        for (long first = 0; first < pages; first += slice) {
            int wanted = (int) Math.min(slice, pages - first);
            get(crew, first, wanted);
            checkHeld(call, first);
            if (repeat == 0) {
                dump(call, first);
            }
            put(crew);
            checkReleased(call, first);
        }
        end(repeat);
    }

    void begin(GupCall call) {
        callers.forEach(caller -> caller.begin(call));
    }

    void get(Crew crew, long firstPage, int wanted) {
        long at = address + (firstPage << Geometry.PAGE_SHIFT);
        crew.all(caller -> caller.get(at, wanted));
    }

    void checkHeld(GupCall call, long firstPage) {
        callers.forEach(Caller::remember);
        checks.held(call, callers, firstPage);
    }

    void put(Crew crew) {
        crew.all(Caller::put);
    }

    void checkReleased(GupCall call, long firstPage) {
        checks.released(call, callers, firstPage);
        callers.forEach(Caller::forget);
    }

    private void end(int repeat) {
        for (int thread = 0; thread < callers.size(); thread++) {
            GupRun run = callers.get(thread).run(repeat, thread, options.pages());
            runs.add(run);
            if (run.isTruncated()) {
                findings.add(GupClause.GUP7, run.describeStop(address));
            }
        }
    }

    private void dump(GupCall call, long firstPage) {
        Caller first = callers.getFirst();
        for (long index : options.dump()) {
            long offset = index - firstPage;
            if (offset >= 0 && offset < first.pages()) {
                dumps.add(new GupTestReport.Dump(call, index, address + (index << Geometry.PAGE_SHIFT),
                        memory.page(first.frame((int) offset))));
            }
        }
    }

    /** Gives everything back, checks for leaks, and closes the memory, which is the last test. */
    GupTestReport finish() {
        isFinished = true;
        guarded(GupClause.GUP14, () -> callers.forEach(Caller::close));
        guarded(GupClause.GUP15, space::close);
        VmStat stat = memory.vmStat();
        checks.idle();
        guarded(GupClause.GUP16, memory::close);
        return new GupTestReport(options, runs, dumps, stat.nrFollPinAcquired(), stat.nrFollPinReleased(),
                stat.fastHits(), NamedCounts.of(stat.fallBacks()), NamedCounts.of(stat.rollBacks()), findings.list());
    }

    private void guarded(GupClause clause, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            findings.add(clause, String.valueOf(e.getMessage()));
        } catch (MemoryModelError e) {
            findings.add(GupClause.GUP13, String.valueOf(e.getMessage()));
        }
    }

    List<Caller> callers() {
        return callers;
    }

    PhysicalMemory memory() {
        return memory;
    }

    AddressSpace space() {
        return space;
    }

    /** Address of the first page. */
    long address() {
        return address;
    }

    /** Closes what is open if the test did not reach {@link #finish}. */
    @Override
    public void close() {
        if (isFinished) {
            return;
        }
        callers.forEach(Caller::close);
        space.close();
        memory.close();
    }
}
