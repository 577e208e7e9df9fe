package io.pinfold.jmh.bench;

import io.pinfold.core.words.HeavyFence;
import io.pinfold.hwmodel.cli.Json;
import io.pinfold.hwmodel.cli.Provenance;
import io.pinfold.jmh.baseline.CBaseline;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * The code and the machine of a measurement.
 *
 * @param from     the code, the day, the processor, the system and the JVM
 * @param compiler of the C side, or why there is none
 * @param slots    the form of sessions' slots in this JVM, and in those of the rows
 * @param load     load average at the start; negative when unknown
 */
record Machine(Provenance from, String compiler, String slots, double load) {

    static Machine here() {
        return new Machine(Provenance.now(), CBaseline.isAvailable() ? CBaseline.compiler() : CBaseline.whyNot(),
                HeavyFence.form(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    /** Adds the members of {@link Provenance}, and compiler, slots and load to those of the machine. */
    Json into(Json json) {
        return from.into(json).put("machine", from.machine().put("compiler", compiler).put("slots", slots)
                .put("load", load));
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s, %s; slots: %s; load %.1f", from, compiler, slots, load);
    }
}
