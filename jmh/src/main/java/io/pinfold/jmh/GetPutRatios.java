package io.pinfold.jmh;

import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import io.pinfold.jmh.support.PresentPages;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How many times the floor is a get and a put, and a pin and an unpin, of present order-0 pages?
 *
 * <p>{@code java --enable-native-access=ALL-UNNAMED -cp benchmarks.jar io.pinfold.jmh.RatioHarness [rounds [seed]]}. The
 * floor is two compare-and-sets per page on the same records, see {@link PresentPages#casPair}. The bar for 512 pages is
 * {@value #BAR}.
 */
public final class GetPutRatios {
    /** What get and put of 512 pages may cost, as a multiple of the floor. */
    public static final double BAR = 1.7;

    private static final int[] PAGES = {1, 8, 64, 512};
    private static final int ROUNDS = 400;

    private GetPutRatios() {
    }

    public static void main(String[] args) {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : ROUNDS;
        long seed = args.length > 1 ? Long.parseLong(args[1]) : System.nanoTime();
        print(measure(rounds, seed), rounds, seed, System.out);
    }

    /**
     * Measures all batches.
     *
     * @param rounds slices of each variant
     * @param seed of the orders of the rounds
     */
    public static List<Row> measure(int rounds, long seed) {
        RatioHarness harness = new RatioHarness(seed);
        List<PresentPages> all = new ArrayList<>();
        int[] baselines = new int[3 * PAGES.length];
        for (int pages : PAGES) {
            PresentPages present = new PresentPages(pages);
            all.add(present);
            int floor = harness.add(new Variant("cas pair " + pages, pages, present::casPair));
            int get = harness.add(new Variant("get+put " + pages, pages, present::getAndPut));
            int pin = harness.add(new Variant("pin+unpin " + pages, pages, present::pinAndUnpin));
            baselines[floor] = floor;
            baselines[get] = floor;
            baselines[pin] = floor;
        }
        List<Result> results = harness.run(rounds, baselines);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < PAGES.length; i++) {
            rows.add(new Row(PAGES[i], results.get(3 * i), results.get(3 * i + 1), results.get(3 * i + 2)));
        }
        for (PresentPages present : all) {
            present.checkBalanced();
            present.close();
        }
        return rows;
    }

    /** Results for calls of so many pages. */
    public record Row(int pages, Result floor, Result get, Result pin) {
    }

    static void print(List<Row> rows, int rounds, long seed, PrintStream out) {
        out.println(
                "ns per page, and times two compare-and-sets per page [quartiles]; " + rounds + " rounds, seed " + seed
                        + ", " + System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        out.println(String.format(Locale.ROOT, "%7s %9s %11s %18s %11s %18s", "pages", "2 x CAS", "get+put", "ratio",
                "pin+unpin", "ratio"));
        for (Row row : rows) {
            out.println(
                    String.format(Locale.ROOT, "%7d %9.2f %11.2f %18s %11.2f %18s", row.pages(), row.floor().nanos(),
                            row.get().nanos(), ratio(row.get()), row.pin().nanos(), ratio(row.pin())));
        }
    }

    private static String ratio(Result result) {
        return String.format(Locale.ROOT, "%.2f [%.2f-%.2f]", result.ratio(), result.p25(), result.p75());
    }
}
