package io.pinfold.jmh.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The ratio that each row must reach. A row without an entry here is shown without a verdict. */
final class Bars {
    private static final Map<String, Double> MOST = new LinkedHashMap<>();
    private static final Map<String, Double> LEAST = new LinkedHashMap<>();

    static {
        for (String kind : new String[]{"get", "pin"}) {
            MOST.put("order0." + kind + ".1", 1.50);
            MOST.put("order0." + kind + ".8", 1.30);
            MOST.put("order0." + kind + ".64", 1.05);
            MOST.put("order0." + kind + ".512", 1.05);
            MOST.put("cold.sequential." + kind + ".512", 1.05);
            MOST.put("cold.random." + kind + ".512", 1.05);
            MOST.put("folio16.list." + kind + ".512", 1.50);
            MOST.put("folio16.extents." + kind + ".512", 1.10);
            MOST.put("pmd.extents." + kind + ".512", 1.10);
        }
        MOST.put("mixed", 1.15);
        MOST.put(HandleRows.PIN, 1.20);
        MOST.put(ScopeRows.PIN, 1.15);
        MOST.put(ReadRows.VALIDATED, 0.25);
        MOST.put(Summary.PMD_PER_PAGE, 0.01);
        LEAST.put("threads.disjoint", 1.9);
        LEAST.put("threads.samePage", 0.9);
        LEAST.put(ThreadHandleRows.PIN_DISJOINT, 1.9);
        LEAST.put(ThreadHandleRows.PIN_SAME, 0.8);
        LEAST.put(ThreadHandleRows.READ_DISJOINT, 1.9);
        LEAST.put(ThreadHandleRows.READ_SAME, 1.9);
        LEAST.put(ThreadHandleRows.ALLOCATE, 1.6);
        LEAST.put(NettyRows.LIST, 2.0);
        LEAST.put(NettyRows.EXTENTS, 3.5);
    }

    private Bars() {
    }

    static @Nullable Double of(String id) {
        Double most = MOST.get(id);
        return most != null ? most : LEAST.get(id);
    }

    static boolean isAtLeast(String id) {
        return LEAST.containsKey(id);
    }
}
