package io.pinfold.jmh.bench;

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
 * @param load     load average at the start; negative when unknown
 */
record Machine(Provenance from, String compiler, double load) {

    static Machine here() {
        return new Machine(Provenance.now(), CBaseline.isAvailable() ? CBaseline.compiler() : CBaseline.whyNot(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    /** Adds the members of {@link Provenance}, and compiler and load to those of the machine. */
    Json into(Json json) {
        return from.into(json).put("machine", from.machine().put("compiler", compiler).put("load", load));
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s, %s; load %.1f", from, compiler, load);
    }
}
