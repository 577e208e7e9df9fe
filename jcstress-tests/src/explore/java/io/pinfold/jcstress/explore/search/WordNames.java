package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.scenario.Scenario;
import java.util.Map;
import java.util.TreeMap;

/**
 * What words are called in a replay: as the scenario says, or after a named word in the same record, or by a number in the order of their
 * first appearance. Never by address, which differs from one process to the next.
 */
public final class WordNames implements Scenario.Names {
    /** Bytes of a page's record, within which words are told by their neighbours. */
    private static final long RECORD_BYTES = 64;

    private final TreeMap<Long, String> names = new TreeMap<>();
    private int locks;
    private int others;

    @Override
    public void name(long address, String name) {
        names.put(address, name);
    }

    /** The name of a word; one that is met first when it is locked is a lock. */
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
