package io.pinfold.hwmodel.guptest;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageRefs;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the checks look at: every call, folios, several runs and slices. */
@Timeout(60)
class GupTestChecksTest {

    private static final int PAGES = 256;

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

    private static void assertFound(GupTestReport report, GupClause broken, String... values) {
        assertThat(report.exitCode()).isEqualTo(1);
        assertThat(report.findings()).anySatisfy(finding -> {
            assertThat(finding.name()).isEqualTo(broken.finding());
            assertThat(finding.detail()).startsWith(broken + ": ").contains(values);
        });
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
        assertFound(report, GupClause.GUP1, "page #17 after " + call, "ref 1 ");
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
                assertFound(report, GupClause.GUP3, "page #" + page + " after PIN_FAST_BENCHMARK",
                        "order 9");
            }
            run.memory().unpinUserPages(leaked);
            run.memory().close();
        }
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
            assertFound(run.finish(), GupClause.GUP10, "touching the pages: ");
        }
    }

    /** Of each clause, and of each kind of core's findings, eight are told one by one. */
    @Test
    void manyFindingsOfAKindAreCounted() {
        Findings findings = new Findings();
        for (int i = 0; i < 20; i++) {
            findings.add(GupClause.GUP4, "held " + i);
            findings.add("leaked-frame", GupClause.GUP6, "frame " + i);
        }
        findings.add(GupClause.GUP5, "one");
        findings.add("bad-count", GupClause.GUP6, "one");
        assertThat(findings.list()).hasSize(20).extracting(GupFinding::toString)
                .contains("counters: GUP4: held 7", "counters: GUP5: one", "bad-count: GUP6: one")
                .doesNotContain("counters: GUP4: held 8")
                .endsWith("counters: GUP4: 12 more", "leaked-frame: GUP6: 12 more");
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
