package io.pinfold.jcstress.gate;

import io.pinfold.hwmodel.cli.Provenance;
import io.pinfold.hwmodel.process.Repository;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The origin of samples: the code, the JVM and the machine.
 *
 * @param commit id of the commit the code was built from; "unknown" outside a repository
 * @param isDirty whether the code is not the commit's: sources were changed, or are newer than the jar
 * @param jvm    vendor and version
 * @param system operating system and architecture
 * @param cpu    model of the processor, as the system names it
 */
public record Origin(String commit, boolean isDirty, String jvm, String system, String cpu) {
    /** The origin of samples of {@code jar}, from git, the JVM and the system. */
    public static Origin of(Repository repository, Path jar) throws IOException {
        return new Origin(repository.commit(), !repository.isClean() || repository.isOlderThanSources(jar),
                System.getProperty("java.vendor") + " " + System.getProperty("java.vm.version"),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                Provenance.processor(Path.of("/proc/cpuinfo")));
    }
}
