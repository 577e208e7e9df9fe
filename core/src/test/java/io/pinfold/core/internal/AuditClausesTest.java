package io.pinfold.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryAudit.Finding;
import io.pinfold.core.memory.MemoryAudit.Kind;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.mm.SpaceAudit;
import io.pinfold.core.page.PageRefs;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each clause of the audits reports what is planted for it. The clauses that a plant breaks are compared as a whole, so
 * that a clause that is dropped cannot hide behind another one that reports the same corruption.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // the clause that ends a loop may be missing
@Tag("unchecked") // plants what the audits are to find, and checked memory finds it first
class AuditClausesTest {

    static List<AuditPlant> plants() {
        return Stream.of(ListPlants.all(), FramePlants.all(), FolioPlants.all(), DevicePlants.all(), SpacePlants.all())
                .flatMap(List::stream).toList();
    }

    /** What the audit that has the clauses of {@code clause}'s prefix says. */
    private static List<Finding> audit(AuditClause clause, AuditWorld world) {
        return switch (clause.name().replaceAll("\\d+", "")) {
            case "SPACE" -> SpaceAudit.check(world.memory, world.spaces);
            case "IDLE" -> MemoryAudit.checkIdle(world.memory);
            default -> MemoryAudit.check(world.memory);
        };
    }

    private static Set<AuditClause> clauses(List<Finding> findings) {
        return findings.stream().map(finding -> AuditClause.of(finding.detail()))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(AuditClause.class)));
    }

    @ParameterizedTest
    @MethodSource("plants")
    void aPlantIsFoundByItsClause(AuditPlant plant) {
        AuditWorld world = new AuditWorld();
        long pfn = plant.corruption().applyAsLong(world);
        List<Finding> findings = audit(plant.clause(), world);
        assertThat(clauses(findings)).as("%s", findings.stream().limit(8).toList()).isEqualTo(plant.broken());
        assertThat(findings).allSatisfy(finding -> assertThat(finding.kind().name())
                .isEqualTo(AuditClause.of(finding.detail()).kind()));
        assertThat(findings).as("of %s at %d", plant.clause(), pfn).anyMatch(
                finding -> finding.pfn() == pfn && AuditClause.of(finding.detail()) == plant.clause());
        world.restore();
        assertThat(SpaceAudit.check(world.memory, List.of())).isEmpty();
        assertThat(MemoryAudit.checkIdle(world.memory)).isEmpty();
        world.memory.close();
    }

    @ParameterizedTest
    @EnumSource
    void everyClauseIsPlanted(AuditClause clause) {
        assertThat(plants()).extracting(AuditPlant::clause).contains(clause);
    }

    @ParameterizedTest
    @EnumSource
    void everyKindHasAClause(Kind kind) {
        assertThat(AuditClause.values()).extracting(AuditClause::kind).contains(kind.name());
    }

    @Test
    void noTwoPlantsHaveOneName() {
        assertThat(plants()).extracting(AuditPlant::toString).doesNotHaveDuplicates();
    }

    /** What is right is not reported: the audit reckons with all the ways in which a reference can be held. */
    @Test
    void whatIsThereAndRightIsNotReported() {
        AuditWorld world = new AuditWorld();
        world.freed();
        world.large();
        world.table();
        world.pagemap(0);
        world.pagemap(2);
        SpacePlants.small(world);
        SpacePlants.leaf(world);
        world.pin(world.user());
        world.pin(world.folio(0, Blocks.NORMAL));
        world.pin(world.large() + 1);
        world.pin(world.pagemap(0).ranges().getFirst().firstPfn());
        world.pin(world.pagemap(2).ranges().getFirst().firstPfn() + 1);
        assertThat(MemoryAudit.check(world.memory)).isEmpty();
        assertThat(SpaceAudit.check(world.memory, world.spaces)).isEmpty();
        world.restore();
        assertThat(MemoryAudit.checkIdle(world.memory)).isEmpty();
        world.memory.close();
    }

    @Test
    void aDevicePageThatIsHeldOverTheKillIsNotReported() {
        AuditWorld world = new AuditWorld();
        DevPagemap pagemap = world.pagemap(0);
        long page = pagemap.ranges().getFirst().firstPfn();
        PageRefs.getPage(world.core.recordAddress(page));
        pagemap.kill();
        assertThat(pagemap.step()).isFalse();
        assertThat(MemoryAudit.check(world.memory)).isEmpty();
        FreeBatch freed = new FreeBatch(world.core);
        Grab.putReferences(world.core, page, 1, freed);
        int _ = freed.drain();
        world.restore();
        assertThat(MemoryAudit.checkIdle(world.memory)).isEmpty();
        world.memory.close();
    }
}
