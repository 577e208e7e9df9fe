package io.pinfold.jcstress.evidence;

import java.util.LinkedHashMap;
import java.util.Map;

/** The limits of each checker: the faults that it cannot see. */
final class CheckerLimits {
    static final Map<String, String> ALL = all();

    private CheckerLimits() {
    }

    private static Map<String, String> all() {
        Map<String, String> limits = new LinkedHashMap<>();
        limits.put("race tests on x86",
                "A locked instruction is a full fence and stores stay in order, so volatile, acquire and release"
                        + " read-modify-writes look alike, and so do opaque and release stores. Zero samples are no argument for a weaker mode.");
        limits.put("race tests",
                "Samples are what happened to happen; a window that needs three threads, or is shorter than the"
                        + " drift of two, may never be met. Overlapping samples say how often the two sides met at all.");
        limits.put("explorer",
                "A search with a bound sees the schedules up to that bound; one that was capped is said to be capped."
                        + " Tables have four entries a level, and scenarios few strands.");
        limits.put("memory models",
                "Loads take effect in program order (no load buffering), buffers are the same for all readers, volatile"
                        + " accesses are ordered as executed. Plain accesses are neither torn, repeated nor hoisted.");
        limits.put("mutants",
                "A mutant is one defence removed at one place; two that are each harmless alone are not tried together.");
        limits.put("mechanical mutants",
                "One branch, result, calculation or call changed in one class, tried with unit tests in one JVM. Orderings are"
                        + " no such change, and what only another process or a meeting of threads shows is not tried.");
        limits.put("kernel",
                "One kernel version on one machine; what needs fork, copy-on-write across processes or file systems"
                        + " that the library does not have is skipped and says so.");
        limits.put("Spin models",
                "Models are written by hand, sequentially consistent but for the store buffers that are spelled out, and"
                        + " two or three processes large.");
        return limits;
    }
}
