package io.pinfold.jcstress.mutants.mechanical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A report of PIT is read as it is; one that is cut off, or says something new, is no result. */
class PitReportTest {

    /** Two mutants as PIT 1.30.2 writes them. */
    private static final String REPORT = """
            <?xml version="1.0" encoding="UTF-8"?>
            <mutations partial="true">
            <mutation detected='true' status='KILLED' numberOfTestsRun='1'><sourceFile>Protect.java</sourceFile>\
            <mutatedClass>io.pinfold.core.mm.unmap.Protect</mutatedClass><mutatedMethod>entry</mutatedMethod>\
            <methodDescription>(Lio/pinfold/core/mm/space/Vma;JZ)Z</methodDescription><lineNumber>71</lineNumber>\
            <mutator>org.pitest.mutationtest.engine.gregor.mutators.NegateConditionalsMutator</mutator>\
            <indexes><index>10</index></indexes><blocks><block>2</block></blocks>\
            <killingTest>io.pinfold.core.mm.SlowGupTest.[engine:junit-jupiter]/[class:io.pinfold.core.mm.SlowGupTest]/\
            [method:aReadOnlyPinUnsharesFirst()]</killingTest><description>negated conditional</description></mutation>
            <mutation detected='false' status='NO_COVERAGE' numberOfTestsRun='0'><sourceFile>Protect.java</sourceFile>\
            <mutatedClass>io.pinfold.core.mm.unmap.Protect$Part</mutatedClass><mutatedMethod>flush</mutatedMethod>\
            <methodDescription>()V</methodDescription><lineNumber>90</lineNumber>\
            <mutator>org.pitest.mutationtest.engine.gregor.mutators.VoidMethodCallMutator</mutator>\
            <indexes><index>4</index><index>9</index></indexes><blocks><block>1</block></blocks>\
            <killingTest/><description>removed call to io/pinfold/core/mm/space/TlbFlush::flush</description></mutation>
            </mutations>
            """;

    @TempDir
    Path folder;

    private List<PitMutant> read(String text) throws IOException {
        return PitReport.read(Files.writeString(folder.resolve(PitReport.NAME), text));
    }

    @Test
    void mutantsAreReadWithTheirVerdicts() throws IOException {
        List<PitMutant> mutants = read(REPORT);

        assertThat(mutants).hasSize(2);
        PitMutant killed = mutants.getFirst();
        assertThat(killed.id()).isEqualTo("io.pinfold.core.mm.unmap.Protect.entry(Lio/pinfold/core/mm/space/Vma;JZ)Z"
                + " org.pitest.mutationtest.engine.gregor.mutators.NegateConditionalsMutator 10");
        assertThat(killed.line()).isEqualTo(71);
        assertThat(killed.isKilled()).isTrue();
        assertThat(killed.by()).isEqualTo("core.mm.SlowGupTest.aReadOnlyPinUnsharesFirst");
        PitMutant unseen = mutants.get(1);
        assertThat(unseen.status()).isEqualTo(PitStatus.NO_COVERAGE);
        assertThat(unseen.index()).isEqualTo("4,9");
        assertThat(unseen.isSurvivor()).isTrue();
        assertThat(unseen.shortMutator()).isEqualTo("VoidMethodCall");
        assertThat(unseen.shortDescription()).isEqualTo("removed call to TlbFlush::flush");
        assertThat(PitMutant.of(io.pinfold.hwmodel.cli.Json.readObject(unseen.json().toString()))).isEqualTo(unseen);
    }

    @Test
    void aReportWithoutMutantsIsOne() throws IOException {
        assertThat(read("<mutations partial=\"true\"></mutations>")).isEmpty();
    }

    @Test
    void whatIsNoReportIsRefused() {
        assertThatThrownBy(() -> PitReport.read(folder.resolve("x.xml"))).isInstanceOf(IOException.class)
                .hasMessageContaining("not written");
        assertThatThrownBy(() -> read("")).isInstanceOf(IOException.class).hasMessageContaining("no report");
        assertThatThrownBy(() -> read(REPORT.replace("</mutations>", ""))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read(REPORT.replace("'KILLED'", "'MAIMED'"))).hasMessageContaining("MAIMED");
        assertThatThrownBy(() -> read(REPORT.replace("<index>10</index>", ""))).hasMessageContaining("without index");
        assertThatThrownBy(() -> read(REPORT.replace("io.pinfold.core.mm.unmap.Protect<", "org.other.Protect<")))
                .hasMessageContaining("another project");
    }
}
