package io.pinfold.hwmodel.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.hwmodel.conformance.Row.Verdict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The comparison itself, with the library on both sides: equal results agree, planted faults are found. */
@Timeout(60)
class ConformanceTest {

    private static final Pins NONE = new Pins(0, 0);
    private static final Probe EVERYTHING = Probe.without(Map.of());
    private static final Supplier<Side> SOUND = () -> new LibrarySide(Planted.WINDOW);

    private static Scenario scenario(String id) {
        return Conformance.scenarios().stream().filter(row -> row.id().equals(id)).findFirst().orElseThrow();
    }

    private static RowPlayer player(LongFunction<Side> library) {
        return new RowPlayer(EVERYTHING, SOUND, library, () -> NONE);
    }

    private static List<Scenario> playable() {
        return Conformance.scenarios().stream().filter(row -> row.script() != null && row.missing() == null).toList();
    }

    /** What the rows expect of the library holds on every system, with or without a kernel to compare with. */
    @ParameterizedTest
    @MethodSource("playable")
    void theLibraryShowsWhatTheRowsSayOfIt(Scenario row) {
        String said = row.vintage() == null ? row.expected() : row.vintage().library();
        assertThat(player(LibrarySide::new).play(row).library()).isEqualTo(said);
    }

    @Test
    void rowsHaveNamesOfTheirOwn() {
        assertThat(Conformance.ids()).doesNotHaveDuplicates().doesNotContain(Conformance.TRACES);
        assertThat(playable()).hasSizeGreaterThan(45);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Conformance(Set.of("register-9"), 1, 0, Path.of("."), line -> {
                })).withMessageContaining("register-9").withMessageContaining("register-8");
    }

    @Test
    void aDifferenceIsExplainedOnlyIfBothSidesShowWhatTheRowNames() {
        Scenario row = Scenario.of("x", "+512/+511", (side, story) -> {
        }).differs("+512/0", "merged");
        assertThat(Row.judge(row, "+512/+511", "+512/0")).extracting(Row::verdict, Row::isExplained, Row::why)
                .containsExactly(Verdict.DIFFER, true, "merged");
        assertThat(Row.judge(row, "+512/+511", "+511/0").isUnexplained()).isTrue();
        assertThat(Row.judge(row, "+512/+510", "+512/0").isUnexplained()).isTrue();
        assertThat(Row.judge(row, "+512/0", "+512/0")).extracting(Row::verdict, Row::isUnexplained)
                .containsExactly(Verdict.AGREE, false);
        Scenario plain = Scenario.of("y", "ok", (side, story) -> {
        });
        assertThat(Row.judge(plain, "ok", "ok").why()).isEmpty();
        assertThat(Row.judge(plain.noted("6.1 too"), "ok", "ok").why()).isEqualTo("6.1 too");
        assertThat(Row.judge(plain, "EFAULT", "EFAULT").why()).contains("differ from what is written down");
        assertThat(Row.judge(plain, "ok", "EFAULT").isUnexplained()).isTrue();
    }

    @Test
    void onlyWhatNothingExplainsFails() {
        Row explained = Row.judge(scenario("register-thp"), "register ok +512/+511; unregister ok 0/+1",
                "register ok +512/0; unregister ok 0/+512");
        assertThat(report(explained, Row.skipped(scenario("fork-pinned"), null, "needs fork")).exitCode()).isZero();
        Row found = Row.judge(scenario("register-8"), "register ok +8/0", "register ok +7/0");
        assertThat(report(explained, found)).extracting(ConformanceReport::findings, ConformanceReport::exitCode)
                .containsExactly(1L, 1);
        TraceDifference trace = new TraceDifference(1, List.of("load page 0"), List.of("A"), List.of("B"));
        assertThat(new ConformanceReport("k", List.of(), 1, 1, 1, "", List.of(trace)).exitCode()).isEqualTo(1);
        assertThat(trace.lines()).containsExactly("! load page 0: kernel A | library B");
    }

    private static ConformanceReport report(Row... rows) {
        return new ConformanceReport("k", List.of(rows), 1, 0, 0, "", List.of());
    }

    @Test
    void pinsThatGoWithTheMappingAreFound() {
        Row row = player(Planted.unmapDropsPins()).play(scenario("register-unmap"));
        assertThat(row.isUnexplained()).isTrue();
        assertThat(row.library()).startsWith("register ok +64/0; unmap ok 0/+64");
        assertThat(player(Planted.unmapDropsPins()).play(scenario("stale-remap")).isUnexplained()).isTrue();
    }

    @Test
    void aRefusedTableThatIsNotRolledBackIsFound() {
        LongFunction<Side> planted = Planted.in("register", (side, arguments) -> {
            Span first = ((Span[]) arguments[1])[0];
            int _ = side.register(1, Span.ofPages(first.address(), 2)); // held outside of the caller's control
            return side.register((int) arguments[0], (Span[]) arguments[1]);
        });
        Row row = player(planted).play(scenario("register-hole"));
        assertThat(row.isUnexplained()).isTrue();
        assertThat(row.library()).isEqualTo("register EFAULT +4/+2");
    }

    @Test
    void whatASideLeavesBehindIsPartOfWhatItShows() {
        LongFunction<Side> planted = Planted.in("close", (side, arguments) -> {
            long _ = Bridge.core(((LibrarySide) side).memory()).blocks().allocate(0, Blocks.NORMAL);
            side.close();
            return side;
        });
        Row row = player(planted).play(scenario("register-8"));
        assertThat(row.library()).contains("FAILED: left behind: [LEAKED_FRAME at frame ").contains(": IDLE1 ");
        assertThat(row.isUnexplained()).isTrue();
    }

    @Test
    void rowsWithoutWhatTheyNeedAreSkippedAndNeverAgree() {
        Probe probe = Probe.without(Map.of(Need.IO_URING, "EPERM"));
        RowPlayer player = new RowPlayer(probe, SOUND, LibrarySide::new, () -> NONE);
        assertThat(player.play(scenario("register-8"))).extracting(Row::verdict, Row::why)
                .containsExactly(Verdict.SKIPPED, "no io_uring here (EPERM)");
        assertThat(player.play(scenario("vmsplice")).verdict()).isEqualTo(Verdict.AGREE);
        assertThat(player.play(scenario("fork-pinned")).why()).startsWith("needs fork");
        assertThat(probe.lines()).anyMatch(line -> line.contains("io_uring") && line.contains("no: EPERM"));
    }

    @Test
    void pinsOfOthersAreNoticedAndTheRowPlayedAgain() {
        AtomicInteger plays = new AtomicInteger();
        Supplier<Side> kernel = () -> {
            plays.incrementAndGet();
            return SOUND.get();
        };
        AtomicInteger reads = new AtomicInteger();
        Supplier<Pins> once = () -> new Pins(reads.getAndIncrement() == 0 ? 0 : 1, 0);
        Row row = new RowPlayer(EVERYTHING, kernel, LibrarySide::new, once).play(scenario("register-8"));
        assertThat(row.verdict()).isEqualTo(Verdict.AGREE);
        assertThat(plays).hasValue(2);

        plays.set(0);
        Supplier<Pins> always = () -> new Pins(reads.getAndIncrement(), 0);
        row = new RowPlayer(EVERYTHING, kernel, LibrarySide::new, always).play(scenario("register-8"));
        assertThat(row).extracting(Row::verdict).isEqualTo(Verdict.SKIPPED);
        assertThat(row.why()).contains("others on this machine");
        assertThat(plays.get()).isBetween(2, 10);
    }

    @Test
    void onAnotherSystemEveryRowIsSkippedWithTheReason() {
        String real = System.getProperty("os.name");
        List<String> told = new ArrayList<>();
        try {
            System.setProperty("os.name", "Mac OS X");
            ConformanceReport report = new Conformance(Set.of(), 1, 10, Path.of("."), told::add).run();
            assertThat(report.count(Verdict.SKIPPED)).isEqualTo(report.rows().size());
            assertThat(report.rows()).filteredOn(row -> row.id().equals("vmsplice"))
                    .singleElement().extracting(Row::why).isEqualTo("Mac OS X is not Linux");
            assertThat(report.tracesSkipped()).isEqualTo("Mac OS X is not Linux");
            assertThat(report.traces()).isZero();
            assertThat(report.exitCode()).isZero();
        } finally {
            System.setProperty("os.name", real);
        }
        assertThat(told).singleElement().asString().contains("nothing can be played here");
    }

    @Test
    void theSameLibraryTwiceShowsTheSame() {
        TracePlayer player = new TracePlayer(SOUND, LibrarySide::new, EVERYTHING);
        assertThat(LongStream.range(0, 20).mapToObj(player::play).toList()).containsOnlyNulls();
    }

    /** Pins of other processes last a while; afterwards no difference is left to show. */
    @Test
    void aDifferenceThatGoesByItselfIsNone() {
        AtomicInteger plays = new AtomicInteger();
        LongFunction<Side> planted = Planted.discardKeepsData();
        TracePlayer player = new TracePlayer(SOUND,
                window -> plays.incrementAndGet() > 40 ? new LibrarySide(window) : planted.apply(window), EVERYTHING);
        long seed = LongStream.range(0, 50)
                .filter(n -> new TracePlayer(SOUND, planted, EVERYTHING).play(n) != null).findFirst().orElseThrow();
        assertThat(player.play(seed)).isNull();
        assertThat(plays.get()).isGreaterThan(40);
    }

    @Test
    void aPlantedDifferenceIsShrunkToTheStepsThatShowIt() {
        TracePlayer player = new TracePlayer(SOUND, Planted.discardKeepsData(), EVERYTHING);
        TraceDifference found = LongStream.range(0, 50).mapToObj(player::play).filter(d -> d != null).findFirst()
                .orElseThrow();
        assertThat(found.steps()).satisfiesExactly(
                step -> assertThat(step).matches("map page.* rw (private|huge|object)"),
                step -> assertThat(step).matches("(store|mem store|device store|process_vm_writev) .*"),
                step -> assertThat(step).startsWith("discard page"));
        assertThat(found.steps()).noneMatch(step -> step.contains(".."));
        assertThat(player.play(found.seed())).isEqualTo(found);
    }

    @Test
    void theShrinkerKeepsExactlyWhatMatters() {
        List<Step> steps = Trace.of(7);
        Step first = steps.get(3);
        Step second = steps.get(steps.size() - 2);
        AtomicInteger asked = new AtomicInteger();
        List<Step> smallest = new Shrinker(trace -> {
            asked.incrementAndGet();
            List<Step.Kind> kinds = trace.stream().map(Step::kind).toList();
            return kinds.contains(first.kind()) && kinds.lastIndexOf(second.kind()) >= kinds.indexOf(first.kind());
        }, 1000).shrink(steps);
        assertThat(smallest).extracting(Step::kind).containsOnly(first.kind(), second.kind())
                .hasSizeLessThanOrEqualTo(2);
        assertThat(smallest).extracting(Step::pages).containsOnly(1);
        assertThat(asked.get()).isLessThan(1000);
        assertThat(new Shrinker(trace -> true, 1).shrink(steps)).hasSizeLessThan(steps.size()).isNotEmpty();
    }

    /** Each kind of step that was once missing, and each of its effects, is in more than one step of twenty. */
    @Test
    void tracesAreWide() {
        for (Area area : Area.values()) {
            assertThat(area.end() - area.first()).isGreaterThanOrEqualTo(40);
        }
        Map<String, Integer> shares = new TreeMap<>();
        int steps = 0;
        for (long seed = 0; seed < 500; seed++) {
            List<Step> trace = Trace.of(seed);
            steps += trace.size();
            WhatStepsAreAbout.of(trace).forEach(matter -> shares.merge(matter, 1, Integer::sum));
        }
        int few = steps / 20;
        assertThat(shares).containsOnlyKeys(WhatStepsAreAbout.ALL);
        assertThat(shares).allSatisfy((matter, count) -> assertThat(count).as(matter).isGreaterThan(few));
    }

    /** Traces that never reach the places of bugs would always agree. */
    @Test
    void tracesReachEveryKindOfEnd() {
        Set<String> seen = new TreeSet<>();
        Set<String> ends = new TreeSet<>();
        for (long seed = 0; seed < 300; seed++) {
            List<Step> steps = Trace.of(seed);
            List<String> shown = TraceRun.play(steps, SOUND.get(), EVERYTHING);
            for (int i = 0; i < steps.size(); i++) {
                seen.add(steps.get(i).kind()
                        + (" " + shown.get(i) + " ").replaceAll(" [A-Z] ", " letter ").stripTrailing());
            }
            shown.stream().filter(line -> line.startsWith("at the end page"))
                    .forEach(line -> ends.add(line.substring(line.indexOf(": ") + 2)));
        }
        assertThat(seen).contains("REGISTER ok +4/0", "REGISTER EFAULT 0/0", "REGISTER EFAULT +2/+2",
                "REGISTER busy 0/0", "REGISTER ok +256/+255", "REGISTER ok +512/+511", "UNREGISTER ok 0/+256",
                "UNREGISTER ok 0/+1", "PROTECT ok 1", "PROTECT ok 3", "PROTECT EINVAL 1", "ADVISE ok 2",
                "ADVISE EINVAL 1",
                "MAP EINVAL 1", "UNMAP EINVAL 1", "DISCARD EINVAL",
                "UNREGISTER ok 0/+3", "LOAD EFAULT", "LOAD zeros", "LOAD letter", "STORE EFAULT", "DEVICE_LOAD letter",
                "DEVICE_LOAD zeros", "DEVICE_STORE ok", "DISCARD ENOMEM", "PROTECT ENOMEM 1", "PROCESS_VM 8192 +2/+2",
                "PROCESS_VM 4096 0/0", "SPLICE EFAULT 0/0", "SPLICE 4096 letter 0/0", "MEM_LOAD letter",
                "MEM_LOAD EFAULT", "MEM_STORE ok",
                "MEM_STORE EFAULT");
        assertThat(ends).contains("nothing", "zero page", "page", "page by a leaf", "zero page by a leaf");
        Set<Step.Kind> kinds = LongStream.range(0, 100).mapToObj(Trace::of).flatMap(List::stream).map(Step::kind)
                .collect(Collectors.toSet());
        assertThat(kinds).containsExactlyInAnyOrder(Step.Kind.values());
    }
}
