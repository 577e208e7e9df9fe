package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static io.pinfold.core.memory.Memories.MIB;
import static io.pinfold.core.memory.Memories.allocate;
import static io.pinfold.core.memory.Memories.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit.Kind;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of finding about RAM, planted; {@code DeviceAuditTest} and {@code SpaceAuditTest} plant the others. */
@Tag("unchecked") // plants what the audit is to find, and checked memory finds it first
class MemoryAuditTest {
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16 * MIB).withMovableBytes(8 * MIB));
    private final MemoryCore core = Bridge.core(memory);
    private long user;
    private long large;
    private long table;
    private long freed;
    /** What was planted and found. */
    private final Set<Kind> found = EnumSet.noneOf(Kind.class);

    @BeforeEach
    void populate() {
        user = allocate(memory, 0);
        large = allocate(memory, 3);
        freed = allocate(memory, 0);
        table = core.blocks().allocateTable(1, 0, 0);
        put(memory, freed, 1);
        assertThat(MemoryAudit.check(memory)).isEmpty();
    }

    private void expect(Kind kind, long pfn) {
        assertThat(MemoryAudit.check(memory)).as("%s at %d", kind, pfn)
                .anySatisfy(finding -> {
                    assertThat(finding.kind()).isEqualTo(kind);
                    assertThat(finding.pfn()).isEqualTo(pfn);
                    assertThat(finding.toString()).contains(kind + " at frame " + pfn);
                });
        found.add(kind);
    }

    /** A kind of finding that nothing plants fails here, also one that is added to the enum. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE,
            names = {"BAD_PAGEMAP", "LEAKED_PAGEMAP", "BAD_TABLE", "BAD_MAPCOUNT"})
    void everyKindIsPlanted(Kind kind) {
        Runnable plant = switch (kind) {
            case FREE_AND_REFERENCED -> this::aReferenceOnAFreeFrame;
            case BAD_FREE_LIST -> this::aListThatLeadsOut;
            case BAD_FREE_BLOCK, FREE_COUNT -> this::aFreeFrameOnNoList;
            case BAD_TAIL -> this::aCountOnATail;
            case BAD_COUNT -> this::aCountOfZeroOnAnAllocatedPage;
            case BAD_TYPE -> this::aUserPageAmongTables;
            case GENERATION -> this::aGenerationThatIsUsedUpWithoutRetirement;
            case LEAKED_PENDING -> this::aFolioThatNobodyDrained;
            case COUNTERS -> this::aPinThatWasNotCountedAndACountWithoutAPin;
            case LEAKED_FRAME, LEAKED_TABLE -> this::whatIsStillAllocatedWhenAllShouldBeFree;
            case BAD_PAGEMAP, LEAKED_PAGEMAP, BAD_TABLE, BAD_MAPCOUNT -> throw new AssertionError("left out above");
        };
        plant.run();
        assertThat(found).contains(kind);
    }

    private long word(long pfn, int offset) {
        return core.recordAddress(pfn) + offset;
    }

    @Test
    void aReferenceOnAFreeFrame() {
        PageRefs.setCount(core.recordAddress(freed), 1);
        expect(Kind.FREE_AND_REFERENCED, freed);
    }

    @Test
    void aMappingOfAFreeFrame() {
        Words.setInt(word(freed, PageLayout.MAPCOUNT), 1);
        expect(Kind.FREE_AND_REFERENCED, freed);
    }

    @Test
    void aFrameFreedTwice() {
        core.blocks().zones()[1].lists.push(MigrateType.MOVABLE, 0, user);
        expect(Kind.FREE_AND_REFERENCED, user);
        assertThat(MemoryAudit.check(memory)).extracting(MemoryAudit.Finding::kind)
                .contains(Kind.FREE_COUNT);
    }

    @Test
    void aListThatLeadsAstray() {
        Words.setLong(word(freed, PageLayout.BUDDY_NEXT), user);
        expect(Kind.BAD_FREE_BLOCK, user);
    }

    @Test
    void aListThatLeadsOut() {
        Words.setLong(word(freed, PageLayout.BUDDY_NEXT), 1L << 40);
        expect(Kind.BAD_FREE_LIST, 1L << 40);
    }

    @Test
    void aFreeFrameOnNoList() {
        Words.setLong(word(user, PageLayout.FLAGS), PageType.toFlags(PageType.FREE_BODY));
        PageRefs.setCount(core.recordAddress(user), 0);
        expect(Kind.BAD_FREE_BLOCK, user);
        expect(Kind.FREE_COUNT, core.blocks().zones()[1].start);
    }

    @Test
    void aCountOfZeroOnAnAllocatedPage() {
        PageRefs.setCount(core.recordAddress(user), 0);
        expect(Kind.BAD_COUNT, user);
    }

    @Test
    void moreExactPinsThanReferences() {
        PageRefs.addPinCount(core.recordAddress(large), 2);
        expect(Kind.BAD_COUNT, large);
        expect(Kind.COUNTERS, 0);
    }

    @Test
    void aCountOnATail() {
        PageRefs.setCount(core.recordAddress(large + 1), 1);
        expect(Kind.BAD_TAIL, large + 1);
    }

    @Test
    void aTailOfSomebodyElse() {
        Words.setLong(word(large + 2, PageLayout.COMPOUND), Compound.ofTail(user));
        expect(Kind.BAD_TAIL, large + 2);
    }

    @Test
    void aUserPageAmongTables() {
        Words.setLong(word(table, PageLayout.FLAGS), PageType.toFlags(PageType.USER));
        expect(Kind.BAD_TYPE, table);
    }

    @Test
    void aTableAmongUserPages() {
        Words.setLong(word(user, PageLayout.FLAGS), PageType.toFlags(PageType.TABLE));
        expect(Kind.BAD_TYPE, user);
    }

    @Test
    void aFolioThatNobodyDrained() {
        FreeBatch forgotten = new FreeBatch(core);
        Grab.putReferences(core, large, 1, forgotten);
        expect(Kind.LEAKED_PENDING, large);
    }

    @Test
    void aGenerationThatIsUsedUpWithoutRetirement() {
        Memories.setGeneration(memory, user, -1);
        expect(Kind.GENERATION, user);
        Memories.setGeneration(memory, user, 0);
        Memories.setGeneration(memory, freed, -1);
        expect(Kind.GENERATION, freed);
    }

    @Test
    void aPinThatWasNotCountedAndACountWithoutAPin() {
        FreeBatch deferred = new FreeBatch(core);
        long token = Grab.trySpeculative(core, user, 1, FOLL_PIN, deferred);
        expect(Kind.COUNTERS, 0);
        PageBatch<?> batch = memory.newPageBatch(1);
        Bridge.held(batch).countAcquired(0, 1);
        assertThat(MemoryAudit.check(memory)).isEmpty();
        Grab.undo(core, token, deferred);
        expect(Kind.COUNTERS, 0);
    }

    @Test
    void whatIsStillAllocatedWhenAllShouldBeFree() {
        assertThat(MemoryAudit.checkIdle(memory)).extracting(MemoryAudit.Finding::kind, MemoryAudit.Finding::pfn)
                .containsExactlyInAnyOrder(tuple(Kind.LEAKED_FRAME, user),
                        tuple(Kind.LEAKED_FRAME, large),
                        tuple(Kind.LEAKED_TABLE, table));
        found.addAll(List.of(Kind.LEAKED_FRAME, Kind.LEAKED_TABLE));
        List<Long> seen = new ArrayList<>();
        MemoryAudit.forEachAllocated(memory, page -> seen.add(page.pfn()));
        assertThat(seen).hasSize(1 + 8 + 1).contains(user, large + 7, table);
    }

    @Test
    void aClosedMemoryCannotBeAudited() {
        memory.close();
        assertThatThrownBy(() -> MemoryAudit.check(memory)).isInstanceOf(IllegalStateException.class)
                .hasMessage(memory + " is closed");
        assertThatThrownBy(() -> memory.page(user)).hasMessage(memory + " is closed");
    }

    /** It would read records that are gone. */
    @Test
    void anInspectionDoesNotCloseWhatItInspects() {
        List<String> told = new ArrayList<>();
        MemoryAudit.forEachAllocated(memory, page -> {
            try {
                memory.close();
            } catch (IllegalStateException e) {
                told.add(e.getMessage());
            }
        });
        assertThat(told).isNotEmpty().allMatch(message -> message.endsWith(
                "is being inspected by this thread, which would read it further"));
        put(memory, user, 1);
        put(memory, large, 1);
        core.blocks().freeTable(table);
        Memories.closeIdle(memory);
    }
}
