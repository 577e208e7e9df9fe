package io.pinfold.jmh.walk;

import io.pinfold.jmh.support.PresentPages;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures taking and dropping a reference on present order-0 pages, by the number of pages per call.
 *
 * <p>{@code java --sun-misc-unsafe-memory-access=allow -jar benchmarks.jar GetPut}. Times are per call: divide by
 * {@code pages}. {@code casPair} is the floor, so every other line is to be read as a multiple of it. On a machine that
 * runs anything else use {@link io.pinfold.jmh.RatioHarness} for the ratio.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class GetPutBenchmark {
    /** Pages per call. */
    @Param({"1", "8", "64", "512"})
    public int pages;

    private PresentPages present = new PresentPages(1);

    @Setup(Level.Trial)
    public void map() {
        present.close();
        present = new PresentPages(pages);
    }

    @TearDown(Level.Trial)
    public void settle() {
        present.checkBalanced();
        present.close();
    }

    /** Baseline: two compare-and-sets per page on the same records. */
    @Benchmark
    public int casPair() {
        return present.casPair(1);
    }

    /** get_user_pages_fast and put_page. */
    @Benchmark
    public int getAndPut() {
        return present.getAndPut(1);
    }

    /** pin_user_pages_fast and unpin_user_page. */
    @Benchmark
    public int pinAndUnpin() {
        return present.pinAndUnpin(1);
    }
}
