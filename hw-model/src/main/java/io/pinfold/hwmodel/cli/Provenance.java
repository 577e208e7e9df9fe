package io.pinfold.hwmodel.cli;

import io.pinfold.hwmodel.process.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The origin of a result: the code, the day and the machine. It names neither the host nor a folder, so that it can be
 * published.
 *
 * @param commit     id of the commit, with a plus sign if sources differ from it; "unknown" outside a repository
 * @param date       the day, UTC
 * @param processor  model and numbers
 * @param processors how many the JVM may use
 * @param system     operating system, its version, which on Linux is the kernel's, and the architecture
 * @param jvm        name and version
 */
public record Provenance(String commit, String date, String processor, int processors, String system, String jvm) {

    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final int SHORT = 10;

    /**
     * The origin of a result made now, from the project of the launcher, or else from that of the working directory.
     */
    public static Provenance now() {
        return of(new Repository(Path.of(System.getProperty("pinfold.home", "")).toAbsolutePath()));
    }

    /** The origin of a result made now, from a repository. */
    public static Provenance of(Repository repository) {
        String commit = repository.commit();
        boolean isChanged = !commit.equals(Repository.UNKNOWN) && !repository.isClean();
        return new Provenance(isChanged ? commit + "+" : commit, LocalDate.now(ZoneOffset.UTC).toString(),
                processor(CPU_INFO), Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
    }

    /** The processor's name and numbers: the numbers help where a hypervisor hides the name. */
    public static String processor(Path cpuinfo) {
        Map<String, String> values = new LinkedHashMap<>();
        try {
            for (String line : Files.readAllLines(cpuinfo)) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    values.put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
                }
            }
        } catch (IOException e) {
            return "unknown processor";
        }
        return values.getOrDefault("model name", "unknown processor")
                + part(", family ", values.get("cpu family")) + part(", model ", values.get("model"));
    }

    private static String part(String name, @Nullable String value) {
        return value == null ? "" : name + value;
    }

    /** Adds the members {@code commit}, {@code date} and {@code machine}. */
    public Json into(Json json) {
        return json.put("commit", commit).put("date", date).put("machine", machine());
    }

    /** The machine, as members of an object. */
    public Json machine() {
        return new Json().put("processor", processor).put("processors", processors).put("system", system).put("jvm",
                jvm);
    }

    /** The last line of a table. */
    @Override
    public String toString() {
        int end = Math.min(SHORT, commit.length());
        return "commit " + commit.substring(0, end) + (commit.endsWith("+") ? " with changes" : "") + ", " + date + "; "
                + processor + ", " + processors + " processors, " + system + ", " + jvm;
    }
}
