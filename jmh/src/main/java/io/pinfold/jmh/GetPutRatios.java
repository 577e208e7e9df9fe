package io.pinfold.jmh;

import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import io.pinfold.jmh.baseline.CBaseline;
import io.pinfold.jmh.support.PresentPages;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measures get + put and pin + unpin of present order-0 pages as multiples of the time that C takes. One batch size or
 * several in this JVM; without a C compiler the comparison is with two compare-and-sets per page.
 *
 * <p>{@code java --enable-native-access=ALL-UNNAMED -cp benchmarks.jar io.pinfold.jmh.RatioHarness [PAGES[,PAGES...]
 * [rounds [seed]]]}.
 */
public final class GetPutRatios {
    private static final String PAGES = "1,8,64,512";
    private static final int ROUNDS = 400;

    private GetPutRatios() {
    }

    public static void main(String[] args) {
        List<Integer> batches = List.of((args.length > 0 ? args[0] : PAGES).split(",")).stream().map(Integer::valueOf)
                .toList();
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : ROUNDS;
        long seed = args.length > 2 ? Long.parseLong(args[2]) : System.nanoTime();
        print(measure(batches, rounds, seed), rounds, seed, System.out);
    }

    /**
     * Measures batches of several sizes side by side.
     *
     * @param batches pages of a call
     * @param rounds  slices of each variant
     * @param seed    of the orders of the rounds
     */
    public static List<Row> measure(List<Integer> batches, int rounds, long seed) {
        RatioHarness harness = new RatioHarness(seed);
        boolean hasC = CBaseline.isAvailable();
        List<PresentPages> all = new ArrayList<>();
        List<Integer> baselines = new ArrayList<>();
        for (int pages : batches) {
            PresentPages present = new PresentPages(pages);
            all.add(present);
            int floor = harness.add(new Variant("floor", pages, hasC ? present::cTwoAtomics : present::casPair));
            int cGet = hasC ? harness.add(new Variant("C get+put", pages, present::cGetAndPut)) : floor;
            int cPin = hasC ? harness.add(new Variant("C pin+unpin", pages, present::cPinAndUnpin)) : floor;
            int get = harness.add(new Variant("get+put", pages, present::getAndPut));
            int pin = harness.add(new Variant("pin+unpin", pages, present::pinAndUnpin));
            baselines.addAll(hasC ? List.of(floor, floor, floor, cGet, cPin) : List.of(floor, floor, floor));
            assert get + 1 == pin && pin + 1 == baselines.size();
        }
        List<Result> results = harness.run(rounds, baselines.stream().mapToInt(Integer::intValue).toArray());
        List<Row> rows = new ArrayList<>();
        int each = results.size() / batches.size();
        for (int i = 0; i < batches.size(); i++) {
            List<Result> own = results.subList(i * each, (i + 1) * each);
            rows.add(new Row(batches.get(i), own.getFirst(), own.get(hasC ? 1 : 0), own.get(hasC ? 2 : 0),
                    own.get(each - 2), own.getLast()));
        }
        for (PresentPages present : all) {
            present.checkBalanced();
            present.close();
        }
        return rows;
    }

    /** The results of calls of {@code pages} pages. Those of C are compared with the floor, the others with C. */
    public record Row(int pages, Result floor, Result cGet, Result cPin, Result get, Result pin) {
    }

    static void print(List<Row> rows, int rounds, long seed, PrintStream out) {
        out.println(
                "ns per page; C as a multiple of two atomic instructions per page, Java as a multiple of C [quartiles]; "
                        + rounds + " rounds, seed " + seed + ", " + System.getProperty("java.vm.name") + " "
                        + System.getProperty("java.runtime.version"));
        out.println(CBaseline.isAvailable() ? CBaseline.compiler() : CBaseline.whyNot());
        out.println(String.format(Locale.ROOT, "%5s %7s   %-26s %-26s   %-26s %-26s", "pages", "floor", "C get+put",
                "Java get+put", "C pin+unpin", "Java pin+unpin"));
        for (Row row : rows) {
            out.println(String.format(Locale.ROOT, "%5d %7.2f   %-26s %-26s   %-26s %-26s", row.pages(),
                    row.floor().nanos(), cell(row.cGet()), cell(row.get()), cell(row.cPin()), cell(row.pin())));
        }
    }

    private static String cell(Result result) {
        return String.format(Locale.ROOT, "%6.2f %5.3f [%.3f-%.3f]", result.nanos(), result.ratio(), result.p25(),
                result.p75());
    }
}
