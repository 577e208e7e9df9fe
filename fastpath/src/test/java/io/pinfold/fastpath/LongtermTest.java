package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Long-term pins in the fast walk [R24]: pages of pageblocks that must stay movable go back, whatever maps them. */
class LongtermTest {

    private static Stream<Arguments> cases() {
        return Stream.of(MigrateType.CMA, MigrateType.ISOLATE)
                .flatMap(type -> Stream.of(Arguments.of(type, false), Arguments.of(type, true)));
    }

    @ParameterizedTest(name = "migrate type {0}, by a leaf {1}")
    @MethodSource("cases")
    void areRefusedInPageblocksThatMustStayMovable(int type, boolean leaf) {
        int pages = Geometry.ENTRIES;
        try (Machine machine = Machine.open(); PageBatch<Hold.Pin> batch = machine.batch(pages)) {
            machine.space.setThpPolicy(leaf ? ThpPolicy.ALWAYS : ThpPolicy.NEVER);
            long address = Geometry.floor(machine.mapPresent(2 * pages) + Geometry.levelBytes(Geometry.PMD) - 1,
                    Geometry.PMD);
            long pfn = machine.space.frameAt(address);
            assertThat(PageRefs.entireMapCount(Bridge.core(machine.memory).recordAddress(pfn)) == 1).as("a leaf")
                    .isEqualTo(leaf);
            Bridge.core(machine.memory).blocks().setMigrateType(pfn, type);
            int before = machine.refs(pfn);
            int longterm = FollFlags.FOLL_WRITE | FollFlags.FOLL_LONGTERM;
            assertThat(FastGup.pinUserPagesFastOnly(machine.session, machine.space, address, pages, longterm, batch))
                    .isZero();
            assertThat(machine.fallBacks(FallBack.UNPINNABLE)).isOne();
            assertThat(machine.refs(pfn)).as("I2").isEqualTo(before);
            assertThat(machine.pinsOutstanding()).isZero();
            int shortTerm = FollFlags.FOLL_WRITE;
            assertThat(FastGup.pinUserPagesFastOnly(machine.session, machine.space, address, pages, shortTerm, batch))
                    .isEqualTo(pages);
            machine.memory.unpinUserPages(batch);
            Bridge.core(machine.memory).blocks().setMigrateType(pfn, MigrateType.UNMOVABLE);
            assertThat(FastGup.pinUserPagesFastOnly(machine.session, machine.space, address, pages, longterm, batch))
                    .as("small pages may lie in the next pageblock, too").isPositive();
            machine.memory.unpinUserPages(batch);
        }
    }
}
