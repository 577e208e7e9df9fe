package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.scenario.Scenario;
import java.util.Map;
import java.util.TreeMap;

/**
 * The names of words in a replay: the name of the scenario, or one derived from a named word in the same record, or a
 * number in the order of first appearance. Never by address, which differs from one process to the next.
 */
public final class WordNames implements Scenario.Names {
    /** Bytes of a page's record, within which words are named after their neighbours. */
    private static final long RECORD_BYTES = 64;

    private final TreeMap<Long, String> names = new TreeMap<>();
    private int locks;
    private int others;

    @Override
    public void name(long address, String name) {
        names.put(address, name);
    }

    /** The name of a word; a word whose first access takes a lock is a lock. */
    public String of(long address, boolean lock) {
        String known = names.get(address);
        if (known == null) {
            Map.Entry<Long, String> below = names.floorEntry(address);
            known = lock ? "lock" + ++locks
                    : below != null && below.getValue().contains(".")
                            && address / RECORD_BYTES == below.getKey() / RECORD_BYTES
                                    ? below.getValue().substring(0, below.getValue().indexOf('.')) + "+"
                                            + address % RECORD_BYTES
                                    : "word" + ++others;
            names.put(address, known);
        }
        return known;
    }
}
