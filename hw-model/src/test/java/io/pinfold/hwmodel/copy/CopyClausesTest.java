package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.hwmodel.copy.CopyScene.Moment;
import io.pinfold.hwmodel.copy.CopyScene.Setting;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each clause of the audit of a copy reports what is planted for it. The clauses that a plant breaks are compared as a
 * whole, so that a clause that is dropped cannot hide behind another one that reports the same corruption.
 */
@Timeout(60)
class CopyClausesTest {

    @TempDir
    Path directory;

    static List<CopyPlant> plants() {
        return Stream.of(EndPlants.all(), JobPlants.all()).flatMap(List::stream).toList();
    }

    private static Set<CopyClause> clauses(List<CopyFinding> findings) {
        return findings.stream().map(finding -> CopyClause.of(finding.detail()))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(CopyClause.class)));
    }

    /** The names that findings of a clause may have. */
    private static List<String> names(CopyClause clause) {
        return clause.finding().isEmpty()
                ? Arrays.stream(MemoryAudit.Kind.values()).map(CopyAudit::nameOf).toList()
                : List.of(clause.finding());
    }

    @ParameterizedTest
    @MethodSource("plants")
    void aPlantIsFoundByItsClause(CopyPlant plant) {
        CopyScene scene = new CopyScene(directory, plant.setting());
        CopyReport report = scene.play(plant.moment(), plant.corruption());
        List<CopyFinding> findings = report.findings();
        assertThat(clauses(findings)).as("%s", findings).isEqualTo(plant.broken());
        assertThat(findings).allSatisfy(
                finding -> assertThat(finding.name()).isIn(names(CopyClause.of(finding.detail()))));
        assertThat(scene.told()).isNotEmpty();
        assertThat(findings).as("'%s': %s", plant.clause().sentence(), scene.told()).anyMatch(
                finding -> CopyClause.of(finding.detail()) == plant.clause()
                        && finding.detail().contains(scene.told()));
        assertThat(report.exitCode()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void everyClauseIsPlanted(CopyClause clause) {
        assertThat(plants()).extracting(CopyPlant::clause).contains(clause);
    }

    @Test
    void everyNameOfAFindingHasAClause() throws IllegalAccessException {
        List<Object> names = new ArrayList<>();
        for (Field field : CopyFinding.class.getFields()) {
            names.add(field.get(null));
        }
        assertThat(names).isNotEmpty().allSatisfy(
                name -> assertThat(CopyClause.values()).extracting(CopyClause::finding).contains((String) name));
    }

    @Test
    void noTwoPlantsHaveOneName() {
        assertThat(plants()).extracting(CopyPlant::toString).doesNotHaveDuplicates();
    }

    @Test
    void noTwoClausesSayTheSame() {
        assertThat(CopyClause.values()).extracting(CopyClause::sentence).doesNotHaveDuplicates();
    }

    /** What is right is not reported, with rivals and without. */
    @ParameterizedTest
    @EnumSource
    void whatIsRightIsNotReported(Setting setting) {
        CopyReport report = new CopyScene(directory, setting).play(Moment.OPEN, scene -> assertThat(scene).isNotNull());
        assertThat(report.findings()).isEmpty();
        assertThat(report.exitCode()).isEqualTo(setting == Setting.NOTHING_TO_COPY ? 1 : 0);
    }
}
