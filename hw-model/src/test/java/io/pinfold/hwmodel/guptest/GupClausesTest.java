package io.pinfold.hwmodel.guptest;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.hwmodel.guptest.GupScene.Moment;
import io.pinfold.hwmodel.guptest.GupScene.Setting;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each clause of the checks of a gup-test reports what is planted for it. The clauses that a plant breaks are compared
 * as a whole, so that a clause that is dropped cannot hide behind another one that reports the same corruption.
 */
@Timeout(60)
class GupClausesTest {

    static List<GupPlant> plants() {
        return Stream.of(SlicePlants.all(), RunPlants.all()).flatMap(List::stream).toList();
    }

    private static Set<GupClause> clauses(List<GupFinding> findings) {
        return findings.stream().map(finding -> GupClause.of(finding.detail()))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(GupClause.class)));
    }

    /** The names that findings of a clause may have. */
    private static List<String> names(GupClause clause) {
        return clause.finding().isEmpty()
                ? Arrays.stream(MemoryAudit.Kind.values()).map(PinChecks::nameOf).toList()
                : List.of(clause.finding());
    }

    @ParameterizedTest
    @MethodSource("plants")
    void aPlantIsFoundByItsClause(GupPlant plant) {
        GupScene scene = new GupScene(plant.setting());
        GupTestReport report = scene.play(plant.moment(), plant.corruption());
        List<GupFinding> findings = report.findings();
        assertThat(clauses(findings)).as("%s", findings).isEqualTo(plant.broken());
        assertThat(findings).allSatisfy(
                finding -> assertThat(finding.name()).isIn(names(GupClause.of(finding.detail()))));
        assertThat(scene.told()).isNotEmpty();
        assertThat(findings).as("'%s': %s", plant.clause().sentence(), scene.told()).anyMatch(
                finding -> GupClause.of(finding.detail()) == plant.clause()
                        && finding.detail().contains(scene.told()));
        assertThat(report.exitCode()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void everyClauseIsPlanted(GupClause clause) {
        assertThat(plants()).extracting(GupPlant::clause).contains(clause);
    }

    @Test
    void everyNameOfAFindingHasAClause() throws IllegalAccessException {
        List<Object> names = new ArrayList<>();
        for (Field field : GupFinding.class.getFields()) {
            names.add(field.get(null));
        }
        assertThat(names).isNotEmpty().allSatisfy(
                name -> assertThat(GupClause.values()).extracting(GupClause::finding).contains((String) name));
    }

    @Test
    void noTwoPlantsHaveOneName() {
        assertThat(plants()).extracting(GupPlant::toString).doesNotHaveDuplicates();
    }

    @Test
    void noTwoClausesSayTheSame() {
        assertThat(GupClause.values()).extracting(GupClause::sentence).doesNotHaveDuplicates();
    }

    /** What is right is not reported, in one go and step by step. */
    @ParameterizedTest
    @EnumSource
    void whatIsRightIsNotReported(Setting setting) {
        for (Moment moment : List.of(Moment.SET_UP, Moment.HELD)) {
            GupTestReport report = new GupScene(setting).play(moment, scene -> assertThat(scene).isNotNull());
            assertThat(report.findings()).as("%s", moment).isEmpty();
            assertThat(report.exitCode()).isZero();
        }
    }
}
