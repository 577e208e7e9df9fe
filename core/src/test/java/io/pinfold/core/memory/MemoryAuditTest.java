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
import io.pinfold.core.page.PageRefs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an audit says to its reader and asks of its caller; {@code AuditClausesTest} plants what it finds. */
@Tag("unchecked") // plants what the audit is to find, and checked memory finds it first
class MemoryAuditTest {
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16 * MIB).withMovableBytes(8 * MIB));
    private final MemoryCore core = Bridge.core(memory);
    private long user;
    private long large;
    private long table;

    @BeforeEach
    void populate() {
        user = allocate(memory, 0);
        large = allocate(memory, 3);
        long freed = allocate(memory, 0);
        table = core.blocks().allocateTable(1, 0, 0);
        put(memory, freed, 1);
        assertThat(MemoryAudit.check(memory)).isEmpty();
    }

    /** A reader learns the kind, the frame, the clause and the record. */
    @Test
    void aFindingSaysWhatIsWrongAndWhere() {
        PageRefs.setCount(core.recordAddress(user), 0);
        assertThat(MemoryAudit.check(memory)).singleElement().asString()
                .startsWith("BAD_COUNT at frame " + user + ": ZONE36 is broken (a folio has a reference): page " + user)
                .contains("USER order 0 ref 0 ");
        PageRefs.setCount(core.recordAddress(user), 1);
    }

    /** As a call pins and releases. */
    @Test
    void aPinThatIsCountedAndReleasedIsRight() {
        FreeBatch deferred = new FreeBatch(core);
        long token = Grab.trySpeculative(core, user, 1, FOLL_PIN, deferred);
        PageBatch<?> batch = memory.newPageBatch(1);
        Bridge.held(batch).countAcquired(0, 1);
        assertThat(MemoryAudit.check(memory)).isEmpty();
        Grab.undo(core, token, deferred);
        Bridge.held(batch).countReleased(0, 1);
        assertThat(MemoryAudit.check(memory)).isEmpty();
    }

    @Test
    void whatIsStillAllocatedWhenAllShouldBeFree() {
        assertThat(MemoryAudit.checkIdle(memory)).extracting(MemoryAudit.Finding::kind, MemoryAudit.Finding::pfn)
                .containsExactlyInAnyOrder(tuple(Kind.LEAKED_FRAME, user),
                        tuple(Kind.LEAKED_FRAME, large),
                        tuple(Kind.LEAKED_TABLE, table));
        List<Long> seen = new ArrayList<>();
        MemoryAudit.forEachAllocated(memory, page -> seen.add(page.pfn()));
        assertThat(seen).hasSize(1 + 8 + 1).contains(user, large + 7, table);
    }

    @Test
    void aClosedMemoryCannotBeAudited() {
        Memories.put(memory, user, 1);
        Memories.put(memory, large, 1);
        memory.close();
        assertThatThrownBy(() -> MemoryAudit.check(memory)).isInstanceOf(IllegalStateException.class)
                .hasMessage(Bridge.core(memory) + " is closed");
        assertThatThrownBy(() -> memory.page(user)).hasMessage(Bridge.core(memory) + " is closed");
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
