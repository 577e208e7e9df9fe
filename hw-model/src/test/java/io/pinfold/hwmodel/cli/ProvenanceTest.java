package io.pinfold.hwmodel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.process.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvenanceTest {
    @TempDir
    Path home;

    @Test
    void aProcessorIsNamedByWhatTheSystemSays() throws IOException {
        Path cpuinfo = Files.writeString(home.resolve("cpuinfo"),
                "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n\n");

        assertThat(Provenance.processor(cpuinfo)).isEqualTo("AMD EPYC, family 25, model 17");
        assertThat(Provenance.processor(home.resolve("none"))).isEqualTo("unknown processor");
    }

    @Test
    void outsideARepositoryTheCommitIsUnknown() {
        assertThat(Provenance.of(new Repository(home)).commit()).isEqualTo("unknown");
    }

    @Test
    void theLineAndTheMembersSayTheSame() {
        Provenance from = new Provenance("0123456789abcdef0123456789abcdef01234567+", "2026-01-02", "a CPU", 2,
                "Linux 6.1 amd64", "a VM 25");

        assertThat(from).hasToString(
                "commit 0123456789 with changes, 2026-01-02; a CPU, 2 processors, Linux 6.1 amd64, a VM 25");
        assertThat(Json.readObject(from.into(new Json()).toString())).isEqualTo(Map.of("commit", from.commit(), "date",
                "2026-01-02", "machine",
                Map.of("processor", "a CPU", "processors", 2L, "system", "Linux 6.1 amd64", "jvm", "a VM 25")));
    }

    /** The system is described by its properties, none of which holds a host name. */
    @Test
    void itNamesNeitherTheHostNorAFolder() {
        Provenance here = Provenance.now();

        assertThat(here.date()).matches("20\\d\\d-\\d\\d-\\d\\d");
        assertThat(here.system()).isEqualTo(System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch"));
        assertThat(Json.readObject(here.into(new Json()).toString()).keySet()).containsExactly("commit", "date",
                "machine");
        assertThat(here.into(new Json()).toString() + here).doesNotContain(System.getProperty("user.home") + "/")
                .doesNotContain(Path.of("").toAbsolutePath().toString());
    }
}
