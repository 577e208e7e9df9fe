package io.pinfold.hwmodel.copy;

import io.pinfold.core.gup.Errno;
import java.util.Map;
import java.util.TreeMap;

/** The counts that the copier keeps itself. Copier's thread only. */
final class Counts {

    long bytes;
    long chunks;
    long shortPins;
    long refusedPins;
    long takenAway;
    private final Map<String, Long> refusals = new TreeMap<>();

    void refused(int errno) {
        refusedPins++;
        refusals.merge(Errno.nameOf(errno), 1L, Long::sum);
    }

    /** Attempts that did not get a whole chunk. */
    long retries() {
        return shortPins + refusedPins;
    }

    /** Refused pins by errno. */
    Map<String, Long> refusals() {
        return Map.copyOf(refusals);
    }
}
