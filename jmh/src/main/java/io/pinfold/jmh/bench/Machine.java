package io.pinfold.jmh.bench;

import io.pinfold.jmh.baseline.CBaseline;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;

/**
 * What was measured on.
 *
 * @param processor  model name, or the architecture
 * @param processors how many the JVM may use
 * @param system     name and version
 * @param jvm        name and version
 * @param compiler   of the C side; why there is none otherwise
 * @param load       load average at the start; negative when unknown
 * @param date       of the measurement, UTC
 */
record Machine(String processor, int processors, String system, String jvm, String compiler, double load,
        String date) {

    static Machine here() {
        return new Machine(processorName(), Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
                CBaseline.isAvailable() ? CBaseline.compiler() : CBaseline.whyNot(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                LocalDate.now(ZoneOffset.UTC).toString());
    }

    private static String processorName() {
        String name = value("model name");
        if (name.isEmpty()) {
            return System.getProperty("os.arch", "unknown");
        }
        String family = value("cpu family");
        return family.isEmpty() ? name : name + " (family " + family + ", model " + value("model") + ")";
    }

    private static String value(String key) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
                int colon = line.indexOf(':');
                if (colon > 0 && line.substring(0, colon).strip().equals(key)) {
                    return line.substring(colon + 1).strip();
                }
            }
        } catch (IOException e) {
            // no Linux: the architecture has to do
        }
        return "";
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s, %d processors, %s, %s, %s; load %.1f, %s", processor, processors, system,
                jvm,
                compiler, load, date);
    }
}
