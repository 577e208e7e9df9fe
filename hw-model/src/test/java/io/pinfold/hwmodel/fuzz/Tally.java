package io.pinfold.hwmodel.fuzz;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** How often each kind of call was made, and how often it succeeded. */
final class Tally {
    private record Counts(AtomicLong made, AtomicLong succeeded) {
    }

    private final Map<Call, Counts> counts = new IdentityHashMap<>();

    Tally(List<Call> calls) {
        calls.forEach(call -> counts.put(call, new Counts(new AtomicLong(), new AtomicLong())));
    }

    void made(Call call) {
        counts.get(call).made.incrementAndGet();
    }

    void succeeded(Call call) {
        counts.get(call).succeeded.incrementAndGet();
    }

    long made() {
        return counts.values().stream().mapToLong(one -> one.made.get()).sum();
    }

    /** A line for each kind of call. */
    String table() {
        Map<String, String> lines = new TreeMap<>();
        counts.forEach((call, one) -> lines.put(call.key, String.format("%-110s %,10d made %,10d succeeded%n", call.key,
                one.made.get(), one.succeeded.get())));
        return String.join("", lines.values());
    }

    /**
     * The calls that succeeded less often than they must in {@code calls} calls. Below a million a quarter of the share
     * is enough.
     */
    List<String> misses(long calls) {
        List<String> misses = new ArrayList<>();
        counts.forEach((call, one) -> {
            long least = calls >= 1_000_000 ? call.floor : call.floor * calls / 4_000_000;
            if (one.succeeded.get() < least) {
                misses.add(call.key + " succeeded " + one.succeeded + " times of " + one.made + ", at least " + least
                        + " are wanted");
            }
        });
        misses.sort(null);
        return misses;
    }
}
