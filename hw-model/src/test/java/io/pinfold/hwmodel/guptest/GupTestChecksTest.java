package io.pinfold.hwmodel.guptest;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageRefs;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The checks find planted faults: without that green checks would prove nothing. */
@Timeout(60)
class GupTestChecksTest {

    private static final int PAGES = 256;

    /** Names of what was planted and found. */
    private final Set<String> found = new HashSet<>();

    private static GupTestOptions options(GupCall call, int threads) {
        return new GupTestOptions(1, 1, 16, List.of(call), FollFlags.FOLL_WRITE, threads, HugePageAdvice.DEFAULT, false,
                false, true, false, List.of());
    }

    /** One run of two callers in steps; plants one fault before the check of the held pages and another after it. */
    private static GupTestReport test(GupCall call, Consumer<GupTestRun> before, Consumer<GupTestRun> after) {
        try (GupTestRun run = GupTestRun.open(options(call, 2), MemoryPlan.of(options(call, 2)))) {
            assertThat(run.setUp()).isTrue();
            try (Crew crew = new Crew(run.callers())) {
                run.begin(call);
                run.get(crew, 0, PAGES);
                before.accept(run);
                run.checkHeld(call, 0);
                after.accept(run);
                run.put(crew);
                run.checkReleased(call, 0);
            }
            return run.finish();
        }
    }

    private static void nothing(GupTestRun run) {
        assertThat(run).isNotNull();
    }

    private static long record(GupTestRun run, int page) {
        return Bridge.core(run.memory()).recordAddress(run.space().frameAt(run.address() + page * 4096L));
    }

    /** A whole test with one caller, of a range in which something was planted after it was set up. */
    private static GupTestReport testAll(Consumer<GupTestRun> planted) {
        GupTestOptions options = options(GupCall.PIN_FAST_BENCHMARK, 1);
        try (GupTestRun run = GupTestRun.open(options, MemoryPlan.of(options))) {
            assertThat(run.setUp()).isTrue();
            planted.accept(run);
            run.callAll(done -> {
            });
            return run.finish();
        }
    }

    private void assertFound(GupTestReport report, String name, String... detail) {
        assertThat(report.exitCode()).isEqualTo(1);
        assertThat(report.findings()).anySatisfy(finding -> {
            assertThat(finding.name()).isEqualTo(name);
            assertThat(finding.detail()).contains(detail);
        });
        found.add(name);
    }

    @ParameterizedTest
    @EnumSource
    void nothingPlantedNothingFound(GupCall call) {
        GupTestReport report = test(call, GupTestChecksTest::nothing, GupTestChecksTest::nothing);
        assertThat(report.findings()).isEmpty();
        assertThat(report.exitCode()).isZero();
        assertThat(report.acquired()).isEqualTo(call.isPin() ? 2 * PAGES : 0).isEqualTo(report.released());
    }

    @ParameterizedTest
    @EnumSource(names = {"PIN_FAST_BENCHMARK", "PIN_BASIC_TEST", "PIN_LONGTERM_BENCHMARK"})
    void aPageThatIsNotPinned(GupCall call) {
        GupTestReport report = test(call, run -> PageRefs.subAndTest(record(run, 17), 2 * PageRefs.PIN_BIAS),
                run -> PageRefs.add(record(run, 17), 2 * PageRefs.PIN_BIAS));
        assertFound(report, GupFinding.NOT_PINNED, "page #17 after " + call, "ref 1 ");
    }

    @Test
    void aPinThatWasNotGivenBack() {
        GupTestOptions options = options(GupCall.PIN_FAST_BENCHMARK, 1);
        try (GupTestRun run = GupTestRun.open(options, MemoryPlan.of(options))) {
            assertThat(run.setUp()).isTrue();
            PageBatch<Hold.Pin> leaked = run.memory().newPageBatch(1);
            run.space().pinUserPagesUnlocked(run.address() + 5 * 4096, 1, GupOptions.WRITE, leaked);
            run.callAll(done -> {
            });
            GupTestReport report = run.finish();
            assertFound(report, GupFinding.STILL_PINNED, "page #5 after PIN_FAST_BENCHMARK", "ref 1025 ");
            assertFound(report, GupFinding.COUNTERS, "257 pins acquired - 0 released = 257, but 256 are held");
            assertFound(report, GupFinding.COUNTERS, "= 1, but 0 are held after PIN_FAST_BENCHMARK was given back");
            assertFound(report, GupFinding.TEARDOWN, "page batch");
            run.memory().unpinUserPages(leaked);
            run.memory().close();
        }
    }

    /** The pins of a folio are counted in its head, which need not be one of the pages of a slice. */
    @Test
    void aPinOfAFolioThatWasNotGivenBackIsFoundByItsTails() {
        GupCall call = GupCall.PIN_FAST_BENCHMARK;
        GupTestOptions options = new GupTestOptions(2, 1, 16, List.of(call), FollFlags.FOLL_WRITE, 1,
                HugePageAdvice.ALWAYS, false, false, true, false, List.of());
        try (GupTestRun run = GupTestRun.open(options, MemoryPlan.of(options))) {
            assertThat(run.setUp()).isTrue();
            PageBatch<Hold.Pin> leaked = run.memory().newPageBatch(1);
            run.space().pinUserPagesUnlocked(run.address(), 1, GupOptions.WRITE, leaked);
            try (Crew crew = new Crew(run.callers())) {
                run.begin(call);
                run.get(crew, 5, 3);
                run.checkHeld(call, 5);
                run.put(crew);
                run.checkReleased(call, 5);
            }
            GupTestReport report = run.finish();
            for (int page = 5; page < 8; page++) {
                assertFound(report, GupFinding.STILL_PINNED, "page #" + page + " after PIN_FAST_BENCHMARK",
                        "order 9");
            }
            run.memory().unpinUserPages(leaked);
            run.memory().close();
        }
    }

    @Test
    void aReferenceThatWasNotGivenBack() {
        GupTestReport report = test(GupCall.GUP_FAST_BENCHMARK, run -> PageRefs.getPage(record(run, 3)),
                GupTestChecksTest::nothing);
        assertFound(report, "leaked-frame", "ref 1 ");
    }

    @Test
    void aCounterThatMissesARelease() {
        GupTestReport report = test(GupCall.GUP_BASIC_TEST, GupTestChecksTest::nothing, run -> {
            try (PageBatch<?> batch = run.memory().newPageBatch(1)) {
                Bridge.held(batch).countAcquired(0, 1);
            }
        });
        assertFound(report, GupFinding.COUNTERS,
                "1 pins acquired - 0 released = 1, but 0 are held after GUP_BASIC_TEST");
    }

    /** Their pageblock becomes one that nothing may stay in, as while memory is offlined, after they were pinned. */
    @Test
    void pagesThatMayNotStayForLong() {
        int[] before = new int[1];
        GupTestReport report = test(GupCall.PIN_LONGTERM_BENCHMARK, run -> {
            long pfn = run.space().frameAt(run.address());
            before[0] = Bridge.core(run.memory()).blocks().migrateTypeOf(pfn);
            Bridge.core(run.memory()).blocks().setMigrateType(pfn, MigrateType.ISOLATE);
        }, run -> Bridge.core(run.memory()).blocks().setMigrateType(run.space().frameAt(run.address()), before[0]));
        assertFound(report, GupFinding.NOT_PINNABLE, "page #0 after PIN_LONGTERM_BENCHMARK: page ");
        assertThat(report.findings()).extracting(GupFinding::name).containsOnly(GupFinding.NOT_PINNABLE);
    }

    /** Only a long-term pin keeps pages out of such a pageblock. */
    @Test
    void pagesThatStayForShort() {
        GupTestReport report = test(GupCall.PIN_BASIC_TEST,
                run -> Bridge.core(run.memory()).blocks().setMigrateType(run.space().frameAt(run.address()),
                        MigrateType.ISOLATE),
                GupTestChecksTest::nothing);
        assertThat(report.findings()).isEmpty();
    }

    @Test
    void aRangeThatEndsEarly() {
        GupTestReport report = testAll(
                run -> assertThat(run.space().munmap(run.address() + 250 * 4096, 6 * 4096)).isZero());
        assertFound(report, GupFinding.SHORT_CALL, "ended at page 250 of 256");
    }

    /** A run that ended early leaves nothing behind for the next run of the caller. */
    @Test
    void aRunAfterOneThatEndedEarly() {
        GupTestOptions options = options(GupCall.PIN_FAST_BENCHMARK, 1);
        try (GupTestRun run = GupTestRun.open(options, MemoryPlan.of(options))) {
            assertThat(run.setUp()).isTrue();
            long hole = run.address() + 250 * 4096;
            assertThat(run.space().munmap(hole, 6 * 4096)).isZero();
            GupRun early = runOf(run);
            assertThat(early.pages()).isEqualTo(250);
            assertThat(early.errno()).isEqualTo(Errno.EFAULT);
            assertThat(run.space().mmap(hole, 6 * 4096, Prot.READ_WRITE,
                    MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED)).isEqualTo(hole);
            GupRun next = runOf(run);
            assertThat(next.pages()).isEqualTo(PAGES);
            assertThat(next.calls()).isEqualTo(early.calls());
            assertThat(next.errno()).isZero();
        }
    }

    private static GupRun runOf(GupTestRun run) {
        Caller caller = run.callers().getFirst();
        caller.begin(GupCall.PIN_FAST_BENCHMARK);
        caller.get(run.address(), PAGES);
        caller.put();
        caller.forget();
        return caller.run(0, 0, PAGES);
    }

    @Test
    void aRangeThatDoesNotFit() {
        GupTestOptions large = new GupTestOptions(64, 1, 16, List.of(GupCall.PIN_FAST_BENCHMARK), 0, 1,
                HugePageAdvice.DEFAULT, false, false, true, false, List.of());
        try (GupTestRun run = GupTestRun.open(large, MemoryPlan.of(options(GupCall.PIN_FAST_BENCHMARK, 1)))) {
            assertThat(run.setUp()).isFalse();
            assertFound(run.finish(), GupFinding.SETUP, "touching the pages: ");
        }
    }

    @Test
    void aCallThatThrows() {
        GupTestReport report = testAll(run -> run.callers().forEach(Caller::close));
        assertFound(report, GupFinding.CALL_FAILED, "closed");
    }

    /** The reference of a mapping is dropped, and dropped again when the address space closes. */
    @Test
    void aReferenceDroppedTwice() {
        GupTestReport report = testAll(run -> assertThat(PageRefs.subAndTest(record(run, 3), 1)).isTrue());
        assertFound(report, GupFinding.MEMORY_MODEL, "put of 1 references on 0 of page ");
    }

    @Test
    void aCallThatFindsAContradiction() {
        GupTestOptions options = options(GupCall.PIN_FAST_BENCHMARK, 1);
        try (GupTestRun run = GupTestRun.open(options, MemoryPlan.of(options))) {
            assertThat(run.setUp()).isTrue();
            run.callAll(done -> {
                throw new IllegalStateException("of a caller", new MemoryModelError("planted"));
            });
            assertFound(run.finish(), GupFinding.MEMORY_MODEL, "of a caller");
        }
    }

    private static List<String> names() throws IllegalAccessException {
        List<String> names = new ArrayList<>();
        for (Field field : GupFinding.class.getFields()) {
            names.add((String) field.get(null));
        }
        return names;
    }

    /** A name of a finding that nothing plants fails here, also one that is added. */
    @ParameterizedTest
    @MethodSource("names")
    void everyNameIsPlanted(String name) {
        switch (name) {
            case GupFinding.NOT_PINNED -> aPageThatIsNotPinned(GupCall.PIN_BASIC_TEST);
            case GupFinding.NOT_PINNABLE -> pagesThatMayNotStayForLong();
            case GupFinding.STILL_PINNED, GupFinding.TEARDOWN -> aPinThatWasNotGivenBack();
            case GupFinding.COUNTERS -> aCounterThatMissesARelease();
            case GupFinding.SHORT_CALL -> aRangeThatEndsEarly();
            case GupFinding.SETUP -> aRangeThatDoesNotFit();
            case GupFinding.CALL_FAILED -> aCallThatThrows();
            case GupFinding.MEMORY_MODEL -> aReferenceDroppedTwice();
            default -> throw new AssertionError("nothing plants " + name);
        }
        assertThat(found).contains(name);
    }

    @Test
    void manyFindingsOfAKindAreCounted() {
        Findings findings = new Findings();
        for (int i = 0; i < 20; i++) {
            findings.add(GupFinding.STILL_PINNED, "page #" + i);
        }
        findings.add(GupFinding.COUNTERS, "one");
        assertThat(findings.list()).hasSize(10).last().hasToString("still-pinned: 12 more");
    }

    @Test
    void manyCallsAreMadeInSlices() {
        GupTestOptions options = new GupTestOptions(1, 1, 1, List.of(GupCall.PIN_FAST_BENCHMARK), 0, 2,
                HugePageAdvice.DEFAULT, false, false, true, false, List.of(250L));
        MemoryPlan plan = MemoryPlan.of(options, 75);
        assertThat(plan.calls()).isEqualTo(37);
        GupTestReport report = GupTest.run(options, plan, done -> {
        });
        assertThat(report.findings()).isEmpty();
        assertThat(report.runs()).hasSize(2).allSatisfy(run -> {
            assertThat(run.pages()).isEqualTo(PAGES);
            assertThat(run.calls()).isEqualTo(PAGES);
        });
        assertThat(report.dumps()).singleElement().satisfies(dump -> assertThat(dump.index()).isEqualTo(250));
    }

    /** Once for each call and page, however often the calls are repeated and into how many slices they fall. */
    @Test
    void pagesAreDumpedOnceForEachCall() {
        List<GupCall> calls = List.of(GupCall.PIN_FAST_BENCHMARK, GupCall.GUP_FAST_BENCHMARK);
        List<Long> pages = List.of(0L, 250L);
        for (int repeats = 1; repeats <= 3; repeats++) {
            GupTestOptions options = new GupTestOptions(1, repeats, 1, calls, 0, 2, HugePageAdvice.DEFAULT, false,
                    false,
                    true, false, pages);
            for (int batchesMax : new int[]{75, 1000}) {
                GupTestReport report = GupTest.run(options, MemoryPlan.of(options, batchesMax), done -> {
                });
                assertThat(report.findings()).isEmpty();
                List<String> dumped = report.dumps().stream().map(dump -> dump.call() + " " + dump.index()).toList();
                assertThat(dumped).as("%d repeats", repeats).containsExactlyInAnyOrderElementsOf(calls.stream()
                        .flatMap(call -> pages.stream().map(page -> call + " " + page)).toList());
            }
        }
    }
}
