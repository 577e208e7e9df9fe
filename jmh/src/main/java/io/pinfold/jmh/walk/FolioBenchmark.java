package io.pinfold.jmh.walk;

import io.pinfold.jmh.support.PresentPages;
import io.pinfold.jmh.support.PresentPages.Kind;
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
 * Measures 512 pages of large folios, with a list of pages and with extents. {@code baseline} takes and drops as many
 * order-0 pages. Times are per call.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class FolioBenchmark {
    private static final int PAGES = 512;

    /** Kind of mapping of the pages. */
    @Param({"FOLIO16", "PMD"})
    public Kind kind = Kind.FOLIO16;

    private PresentPages small = new PresentPages(1);
    private PresentPages present = small;

    @Setup(Level.Trial)
    public void map() {
        small.close();
        small = new PresentPages(PAGES);
        present = new PresentPages(kind, PAGES, PAGES, null);
    }

    @TearDown(Level.Trial)
    public void settle() {
        small.checkBalanced();
        small.close();
        present.checkBalanced();
        present.close();
    }

    /** Baseline: a get and a put of as many order-0 pages. */
    @Benchmark
    public int baseline() {
        return small.getAndPut(1);
    }

    @Benchmark
    public int getAndPut() {
        return present.getAndPut(1);
    }

    @Benchmark
    public int pinAndUnpin() {
        return present.pinAndUnpin(1);
    }

    @Benchmark
    public int getAndPutExtents() {
        return present.getAndPutExtents(1);
    }

    @Benchmark
    public int pinAndUnpinExtents() {
        return present.pinAndUnpinExtents(1);
    }
}
