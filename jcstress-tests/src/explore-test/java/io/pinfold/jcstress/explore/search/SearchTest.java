package io.pinfold.jcstress.explore.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import io.pinfold.jcstress.explore.Explore;
import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.search.TinyScenario.Play;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The search on programs whose answers are known. */
class SearchTest {
    private static final long Y = 64;

    private static void stores(long word, int times) {
        for (int i = 0; i < times; i++) {
            Words.setLongVolatile(word, i);
        }
    }

    /** Two strands that store n and m times to one word. */
    private static TinyScenario twoStores(int n, int m) {
        return new TinyScenario(x -> new Play(List.of(() -> stores(x, n), () -> stores(x, m)), () -> "END"), "END");
    }

    @Test
    void naiveSearchTriesEveryOrderOnce() {
        assertThat(Explore.scenario(twoStores(2, 2)).naive().run().runs()).isEqualTo(6); // 4! / (2! 2!)
        assertThat(Explore.scenario(twoStores(3, 3)).naive().run().runs()).isEqualTo(20);
        assertThat(Explore.scenario(twoStores(5, 4)).naive().run().runs()).isEqualTo(126);
    }

    @Test
    void aBoundOfPreemptionsLeavesTheRunsWithSoMany() {
        // without a preemption either strand goes first to its end
        assertThat(Explore.scenario(twoStores(3, 3)).naive().bound(0).run().runs()).isEqualTo(2);
        // with one: AB'A.. and BA'B..: the first can be left after one or two of its stores
        assertThat(Explore.scenario(twoStores(3, 3)).naive().bound(1).run().runs()).isEqualTo(2 + 4);
    }

    @Test
    void independentStepsAreTriedInOneOrderOnly() {
        TinyScenario apart = new TinyScenario(
                x -> new Play(List.of(() -> stores(x, 3), () -> stores(x + Y, 3)), () -> "END"), "END");

        assertThat(Explore.scenario(apart).naive().run().runs()).isEqualTo(20);
        Search search = new Search(apart, Mode.SC, Limits.ALL.withPruning(true, false, false));
        try (search) {
            Result result = search.run();
            assertThat(result.complete()).isTrue();
            assertThat(result.outcomes()).containsEntry("END", 1L);
        }
    }

    @Test
    void wordsThatNobodySharesNeedNoSchedulingPoint() {
        TinyScenario apart = new TinyScenario(
                x -> new Play(List.of(() -> stores(x, 3), () -> stores(x + Y, 3)), () -> "END"), "END");

        Result result = Explore.scenario(apart).pruned().run();

        assertThat(result.runs()).isEqualTo(1);
        assertThat(result.longest()).isZero();
        assertThat(result.gatedWords()).isZero();
        assertThat(result.accesses()).isEqualTo(6);
    }

    @Test
    void aWordThatTurnsOutToBeSharedMakesTheSearchBeginAnew() {
        // y is shared only where s1 sees four values of x: too rare for the runs by chance that come before the search
        TinyScenario rare = new TinyScenario(x -> {
            long[] seen = new long[1];
            return new Play(List.of(() -> {
                Words.setLongVolatile(x + Y, 1);
                stores(x, 20);
                Words.setLongVolatile(x + Y, 2);
            }, () -> {
                boolean all = true;
                for (int value = 3; value < 19 && all; value += 5) {
                    all = Words.getLongVolatile(x) == value;
                }
                seen[0] = all ? Words.getLongVolatile(x + Y) : -1;
            }), () -> "Y" + seen[0]);
        }, "Y-1", "Y1", "Y2");

        Result result = Explore.scenario(rare).run();

        assertThat(result.complete()).isTrue();
        assertThat(result.gatedWords()).isEqualTo(2);
        assertThat(result.outcomes()).containsOnlyKeys("Y-1", "Y1", "Y2");
    }

    @Test
    void storeBufferingShowsInItsModesOnly() {
        TinyScenario sb = new TinyScenario(x -> {
            long[] r = new long[2];
            return new Play(List.of(() -> {
                Words.setLongRelease(x, 1);
                r[0] = Words.getLongVolatile(x + Y);
            }, () -> {
                Words.setLongRelease(x + Y, 1);
                r[1] = Words.getLongVolatile(x);
            }), () -> r[0] + " " + r[1]);
        }, "0 1", "1 0", "1 1");

        assertThat(Explore.scenario(sb).mode(Mode.SC).run().violation()).isNull();
        for (Mode mode : List.of(Mode.TSO, Mode.PSO, Mode.VIEW)) {
            Violation violation = Explore.scenario(sb).mode(mode).first().run().violation();
            assertThat(violation).as(mode.name()).isNotNull();
            assertThat(violation.message()).isEqualTo("forbidden outcome: 0 0");
        }
    }

    @Test
    void locksTakenInOppositeOrderAreADeadlock() {
        TinyScenario philosophers = new TinyScenario(x -> {
            Mutex a = new Mutex();
            Mutex b = new Mutex();
            return new Play(List.of(() -> both(a, b), () -> both(b, a)), () -> "END");
        }, "END");

        Violation violation = Explore.scenario(philosophers).run().violation();

        assertThat(violation.message()).isEqualTo("deadlock: s0 waits for a lock, s1 waits for a lock");
    }

    private static void both(Mutex first, Mutex second) {
        first.lock();
        second.lock();
        second.unlock();
        first.unlock();
    }

    @Test
    void aWaitThatNobodyEndsIsADeadlock() {
        TinyScenario forgotten = new TinyScenario(x -> new Play(
                List.of(() -> Waits.pollWhileEqualsLong(x, 0, "x"), () -> Words.setLongVolatile(x + Y, 1)),
                () -> "END"),
                "END");

        assertThat(Explore.scenario(forgotten).run().violation().message())
                .isEqualTo("deadlock: s0 waits for a word to change");
    }

    @Test
    void aLoopWithoutEndIsALivelock() {
        TinyScenario spin = new TinyScenario(x -> new Play(List.of(() -> {
            while (Words.getLongVolatile(x) == 0) {
                Thread.onSpinWait();
            }
        }, () -> Words.setLongVolatile(x, 1)), () -> "END"), "END");

        assertThat(Explore.scenario(spin).steps(100).first().run().violation().message())
                .isEqualTo("livelock: no end after 100 steps");
    }

    @Test
    void aReplayTakesTheSameStepsEachTime() {
        TinyScenario race = twoIncrements();
        Violation violation = Explore.scenario(race).mode(Mode.TSO).first().run().violation();

        Replay once = Explore.scenario(race).mode(Mode.TSO).replay(violation.schedule());
        Replay again = Explore.scenario(race).mode(Mode.TSO).replay(Schedule.parse(violation.schedule().toString()));

        assertThat(once.violation()).isEqualTo(violation.message());
        assertThat(again.violation()).isEqualTo(once.violation());
        assertThat(again.steps()).hasSameSizeAs(once.steps());
        for (int i = 0; i < once.steps().size(); i++) {
            assertThat(again.steps().get(i).strand()).isEqualTo(once.steps().get(i).strand());
            assertThat(again.steps().get(i).result()).isEqualTo(once.steps().get(i).result());
            assertThat(again.steps().get(i).op().kind).isEqualTo(once.steps().get(i).op().kind);
        }
        assertThat(again.schedule()).hasToString(violation.schedule().toString());
    }

    /** A counter that loses an increment. */
    private static TinyScenario twoIncrements() {
        return new TinyScenario(x -> {
            Runnable increment = () -> Words.setLongOpaque(x, Words.getLongOpaque(x) + 1);
            return new Play(List.of(increment, increment), () -> "" + Words.getLong(x));
        }, "2");
    }

    @Test
    void aScheduleThatDoesNotFitIsRefused() {
        TinyScenario race = twoIncrements();

        assertThat(Explore.scenario(race).replay(Schedule.parse("t0 t0 t0 q q")).violation()).contains("does not fit");
        assertThatThrownBy(() -> Schedule.parse("t0 u1")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void heapAndWordsAreAsBuiltAtTheStartOfEveryRun() {
        TinyScenario counts = new TinyScenario(x -> {
            int[] count = new int[1];
            Runnable increment = () -> {
                Words.getAndAddLong(x, 1);
                count[0]++;
            };
            return new Play(List.of(increment, increment), () -> count[0] + " " + Words.getLong(x));
        }, "2 2");

        assertThat(Explore.scenario(counts).naive().run().violation()).isNull();
    }

    @Test
    void aParkThatIsNotOursIsReported() {
        TinyScenario parks = new TinyScenario(x -> new Play(List.of(() -> {
            Words.setLongVolatile(x, 1);
            LockSupport.park();
        }, () -> Words.setLongVolatile(x, 2)), () -> "END"), "END");

        assertThat(Explore.scenario(parks).first().run().violation().message())
                .contains("left the processor without an access");
    }

    @Test
    void anAccessInAStaticInitialiserIsReported() {
        TinyScenario initialises = new TinyScenario(x -> new Play(List.of(
                () -> Words.setLongVolatile(x, 1), () -> {
                    toInitialise = x;
                    Initialised.touch();
                }), () -> "END"), "END");

        Violation violation = Explore.scenario(initialises).first().run().violation();

        assertThat(violation).isNotNull();
        assertThat(violation.message()).contains("in a static initialiser or an upcall");
    }

    @Test
    void anAccessInAStaticInitialiserIsReportedAlsoWhereNobodySharesTheWord() {
        TinyScenario initialises = new TinyScenario(x -> new Play(List.of(() -> {
            toInitialise = x;
            InitialisedAlone.touch();
        }, () -> Words.setLongVolatile(x + Y, 1)), () -> "END"), "END");

        Violation violation = Explore.scenario(initialises).first().run().violation();

        assertThat(violation).isNotNull();
        assertThat(violation.message()).contains("in a static initialiser or an upcall");
    }

    private static final class InitialisedAlone {
        static {
            Words.setLongVolatile(toInitialise, 2);
        }

        static void touch() {
            // the call is enough
        }
    }

    private static long toInitialise;

    /** A class whose initialiser stores to the word that its first user names. */
    private static final class Initialised {
        static {
            Words.setLongVolatile(toInitialise, 2);
        }

        static void touch() {
            // the call is enough
        }
    }

    @Test
    void aRunWithoutAnAccessIsReported() {
        TinyScenario nothing = new TinyScenario(x -> new Play(List.of(() -> {
        }, () -> {
        }), () -> "END"), "END");

        assertThat(Explore.scenario(nothing).run().violation().message())
                .contains("is the explored Words in the path?");
    }

    @Test
    void oneSharedWordInTwoSizesIsReported() {
        TinyScenario mixed = new TinyScenario(
                x -> new Play(List.of(() -> Words.setLongVolatile(x, 1), () -> Words.setIntVolatile(x, 2)),
                        () -> "END"),
                "END");

        assertThat(Explore.scenario(mixed).run().violation().message()).contains("two sizes");
    }

    @Test
    void anOutcomeThatMustBeSeenAndIsNotMakesACompleteSearchBad() {
        TinyScenario blind = new TinyScenario(
                x -> new Play(List.of(() -> stores(x, 1), () -> stores(x, 1)), () -> "END"), "END", "NEVER");

        Result result = Explore.scenario(blind).run();

        assertThat(result.violation()).isNull();
        assertThat(result.missing()).containsExactly("NEVER");
        assertThat(result.isGood()).isFalse();
    }

    @Test
    void aCappedSearchIsNotComplete() {
        Result result = Explore.scenario(twoStores(5, 4)).naive().runs(10).run();

        assertThat(result.runs()).isEqualTo(10);
        assertThat(result.complete()).isFalse();
    }

    @Test
    void aLensLowersTheModeOfASite() {
        TinyScenario sb = new TinyScenario(x -> {
            long[] r = new long[2];
            return new Play(List.of(() -> {
                Words.setLongVolatile(x, 1);
                r[0] = Words.getLongVolatile(x + Y);
            }, () -> {
                Words.setLongVolatile(x + Y, 1);
                r[1] = Words.getLongVolatile(x);
            }), () -> r[0] + " " + r[1]);
        }, "0 1", "1 0", "1 1");
        AccessInterceptor weaker = new AccessInterceptor() {
            @Override
            public boolean selects(Op op) {
                return op.kind == Op.Kind.STORE;
            }

            @Override
            public void intercept(Op op, List<Site> sites) {
                op.mode = Op.Mode.RELEASE;
            }
        };

        assertThat(Explore.scenario(sb).mode(Mode.TSO).run().isGood()).isTrue();
        try (Search search = new Search(sb, Mode.TSO, Limits.ALL, weaker)) {
            assertThat(search.run().violation().message()).isEqualTo("forbidden outcome: 0 0");
        }
    }
}
