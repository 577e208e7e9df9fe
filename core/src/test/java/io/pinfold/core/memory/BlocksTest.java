package io.pinfold.core.memory;

import static io.pinfold.core.memory.Memories.MIB;
import static io.pinfold.core.memory.Memories.allocate;
import static io.pinfold.core.memory.Memories.closeIdle;
import static io.pinfold.core.memory.Memories.generation;
import static io.pinfold.core.memory.Memories.put;
import static io.pinfold.core.memory.Memories.refs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class BlocksTest {
    private final PhysicalMemory memory = Memories.open(16);
    private final MemoryCore core = Bridge.core(memory);
    private final Blocks blocks = core.blocks();

    @Test
    void aFreshFolioIsAlignedCountedOnceAndKnowsItsHead() {
        for (int order = 0; order <= Blocks.MAX_ORDER; order++) {
            long head = allocate(memory, order);
            assertThat(head % (1L << order)).isZero();
            PageInfo page = memory.page(head);
            assertThat(page.type()).isEqualTo(PageType.USER);
            assertThat(page.order()).isEqualTo(order);
            assertThat(page.refCount()).isEqualTo(1);
            assertThat(page.pinCount()).isZero();
            for (long tail = head + 1; tail < head + (1L << order); tail++) {
                assertThat(memory.page(tail).head()).isEqualTo(head);
                assertThat(memory.page(tail).refCount()).isZero();
            }
            put(memory, head, 1);
        }
        closeIdle(memory);
    }

    @Test
    void theFrameJustFreedIsUsedNext() {
        long first = allocate(memory, 0);
        long second = allocate(memory, 0);
        long third = allocate(memory, 0);
        put(memory, second, 1);
        assertThat(allocate(memory, 0)).isEqualTo(second);
        List.of(first, second, third).forEach(pfn -> put(memory, pfn, 1));
        closeIdle(memory);
    }

    @Test
    void ordersScopesAndNodesAreChecked() {
        assertThatThrownBy(() -> blocks.allocate(-1, Blocks.NORMAL)).hasMessageContaining("order = -1");
        assertThatThrownBy(() -> blocks.allocate(11, Blocks.NORMAL)).hasMessageContaining("order = 11");
        assertThatThrownBy(() -> blocks.allocate(0, 2)).hasMessageContaining("scope = 2");
        assertThatThrownBy(() -> blocks.allocate(0, Blocks.NORMAL, 1)).hasMessageContaining("node = 1");
        closeIdle(memory);
    }

    @Test
    void exhaustionAnswersEnomemAndLeavesNothingHalfDone() {
        for (int order : new int[]{0, 3, 10}) {
            List<Long> taken = new ArrayList<>();
            long pfn;
            while ((pfn = blocks.allocate(order, Blocks.NORMAL)) > 0) {
                taken.add(pfn);
            }
            assertThat(pfn).isEqualTo(-Errno.ENOMEM);
            assertThat(MemoryAudit.check(memory)).isEmpty();
            assertThat(new HashSet<>(taken)).hasSameSizeAs(taken);
            if (order == 0) {
                // all RAM but the two reserved frames and the reserve of 4 MiB for tables
                assertThat(taken).hasSize(4096 - 2 - 1024);
            }
            taken.forEach(head -> put(memory, head, 1));
            assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        }
        closeIdle(memory);
    }

    @Test
    void typesBorrowFromEachOtherBeforeTheyFail() {
        PhysicalMemory small = Memories.open(8); // one block for users
        long unmovable = Bridge.core(small).blocks().allocate(0, Blocks.NORMAL);
        List<Long> taken = new ArrayList<>();
        long pfn;
        while ((pfn = Bridge.core(small).blocks().allocate(0, Blocks.MOVABLE_FIRST)) > 0) {
            taken.add(pfn);
        }
        assertThat(taken).hasSize(1024 - 2 - 1);
        assertThat(MemoryAudit.check(small)).isEmpty();
        taken.forEach(head -> put(small, head, 1));
        put(small, unmovable, 1);
        closeIdle(small);
        closeIdle(memory);
    }

    @Test
    void tablesNeverShareAPageblockWithUserPages() {
        List<Long> tables = new ArrayList<>();
        List<Long> users = new ArrayList<>();
        for (int i = 0; i < 1500; i++) { // more than the reserve
            long table = blocks.allocateTable(5, i % 5, i * 4096L);
            assertThat(table).isPositive();
            tables.add(table);
            users.add(allocate(memory, 0));
        }
        assertThat(MemoryAudit.check(memory)).isEmpty();
        Set<Long> tableBlocks = new HashSet<>();
        tables.forEach(pfn -> tableBlocks.add(pfn >> 9));
        assertThat(users).noneMatch(pfn -> tableBlocks.contains(pfn >> 9));
        tables.forEach(blocks::freeTable);
        // freed pageblocks of tables stay pageblocks of tables
        long pfn;
        while ((pfn = blocks.allocate(0, Blocks.MOVABLE_FIRST)) > 0) {
            assertThat(tableBlocks).doesNotContain(pfn >> 9);
            users.add(pfn);
        }
        long one = blocks.allocateTable(1, 0, 0);
        assertThat(tableBlocks).contains(one >> 9);
        blocks.freeTable(one);
        users.forEach(head -> put(memory, head, 1));
        closeIdle(memory);
    }

    @Test
    @Tag("unchecked") // looks at the poison in a freed table
    void aTableIsZeroedWhenHandedOutAndPoisonedWhenFreed() {
        long table = blocks.allocateTable(9, 3, 0x4000_0000L);
        long frame = core.frameAddress(table);
        PageInfo page = memory.page(table);
        assertThat(page.type()).isEqualTo(PageType.TABLE);
        assertThat(page.refCount()).isEqualTo(1);
        assertThat(page.mapping()).isEqualTo(9);
        assertThat(page.index()).isEqualTo(0x4000_0000L);
        long record = core.recordAddress(table);
        assertThat(Words.getInt(record + PageLayout.TABLE_LIVE)).isEqualTo(3 << PageLayout.TABLE_LEVEL_SHIFT);
        assertThat(Words.getInt(record + PageLayout.TABLE_LOCK)).isZero();
        Words.setLong(frame + 8, 123);
        int before = generation(memory, table);
        blocks.freeTable(table);
        for (long word = frame; word < frame + 4096; word += 8) {
            assertThat(Words.getLong(word)).isEqualTo(Blocks.TABLE_POISON);
        }
        assertThat((Blocks.TABLE_POISON >>> 12 & (1L << 40) - 1)).as("the frame number of a poisoned entry")
                .isGreaterThan(MemoryOptions.MAX_BYTES >> 12);
        assertThat(generation(memory, table)).isEqualTo(before + 1);
        assertThat(blocks.allocateTable(9, 3, 0)).isEqualTo(table);
        for (long word = frame; word < frame + 4096; word += 8) {
            assertThat(Words.getLong(word)).isZero();
        }
        blocks.freeTable(table);
        closeIdle(memory);
    }

    @Test
    @Tag("unchecked") // plants a lock
    void freeingATableTwiceLockedOrOfTheWrongKindIsAModelError() {
        long table = blocks.allocateTable(1, 0, 0);
        Words.setInt(core.recordAddress(table) + PageLayout.TABLE_LOCK, 1);
        assertThatThrownBy(() -> blocks.freeTable(table)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("frame " + table).hasMessageContaining("lock word 1");
        Words.setInt(core.recordAddress(table) + PageLayout.TABLE_LOCK, 0);
        blocks.freeTable(table);
        assertThatThrownBy(() -> blocks.freeTable(table)).isInstanceOf(MemoryModelError.class);
        long user = allocate(memory, 0);
        assertThatThrownBy(() -> blocks.freeTable(user)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("USER");
        assertThatThrownBy(() -> blocks.freeTable(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        put(memory, user, 1);
        closeIdle(memory);
    }

    @Test
    void freeingWhatIsFreeOrHeldIsAModelErrorThatNamesTheFrame() {
        FreeBatch batch = new FreeBatch(core);
        long held = allocate(memory, 0);
        assertThatThrownBy(() -> batch.add(held)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("page " + held).hasMessageContaining("ref 1");
        put(memory, held, 1);
        assertThatThrownBy(() -> batch.add(held)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("page " + held + ": ");
        long twice = allocate(memory, 1);
        assertThat(PageRefs.freeze(core.recordAddress(twice), 1)).isTrue();
        assertThatThrownBy(() -> batch.add(twice + 1)).as("a tail").isInstanceOf(MemoryModelError.class);
        batch.add(twice);
        assertThatThrownBy(() -> batch.add(twice)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("PENDING");
        assertThat(batch.drain()).isEqualTo(1);
        assertThat(batch.isEmpty()).isTrue();
        assertThatThrownBy(() -> batch.add(0)).isInstanceOf(MemoryModelError.class);
        assertThatThrownBy(() -> batch.add(memory.zeroPfn())).isInstanceOf(MemoryModelError.class);
        closeIdle(memory);
    }

    @Test
    void freeingWhatIsMappedPinnedOrLockedIsAModelErrorThatNamesTheFrame() {
        long head = allocate(memory, 2);
        long record = core.recordAddress(head);
        PageRefs.addMapping(core.recordAddress(head + 2));
        assertThatThrownBy(() -> put(memory, head, 1)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("frame " + (head + 2)).hasMessageContaining("1 mappings");
        PageRefs.removeMapping(core.recordAddress(head + 2));

        long pinned = allocate(memory, 2);
        PageRefs.addPinCount(core.recordAddress(pinned), 3);
        assertThatThrownBy(() -> put(memory, pinned, 1)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("frame " + pinned).hasMessageContaining("3 pins");
        long locked = allocate(memory, 0);
        PageFlags.lock(core.recordAddress(locked));
        assertThatThrownBy(() -> put(memory, locked, 1)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("frame " + locked);
        long whole = allocate(memory, 9);
        PageRefs.addEntireMapping(core.recordAddress(whole));
        assertThatThrownBy(() -> put(memory, whole, 1)).isInstanceOf(MemoryModelError.class)
                .hasMessageContaining("as a whole");
        // they are lost, the audit says so, and the memory cannot be closed any more
        assertThat(MemoryAudit.check(memory)).extracting(MemoryAudit.Finding::kind)
                .contains(MemoryAudit.Kind.LEAKED_PENDING);
        assertThat(refs(memory, head)).isZero();
        assertThat(record).isNotZero();
        assertThatThrownBy(memory::close).hasMessageEndingWith("521 frames that were allocated and not freed");
    }

    @Test
    @Tag("unchecked") // looks at a whole record, the words of free blocks included
    void aFreedFrameForgetsEverythingButItsGeneration() {
        long pfn = allocate(memory, 0);
        long record = core.recordAddress(pfn);
        Words.setLong(record + PageLayout.MAPPING, MappingWord.of(4, MappingWord.ANON));
        Words.setLong(record + PageLayout.INDEX, 77);
        Words.setLong(record + PageLayout.PRIVATE, 78);
        Words.setInt(record + PageLayout.LINK_PREV, 79);
        PageFlags.set(record, PageFlags.DIRTY | PageFlags.REFERENCED | PageFlags.ANON_EXCLUSIVE);
        put(memory, pfn, 1);
        assertThat(allocate(memory, 0)).isEqualTo(pfn);
        assertThat(memory.page(pfn)).isEqualTo(new PageInfo(pfn, PageType.USER, 0, pfn, 0, 1, 0, 0, 0, 1, 0, 0));
        for (int offset = 0; offset < PageLayout.BYTES; offset += 8) {
            if (offset != PageLayout.FLAGS && offset != PageLayout.REFCOUNT && offset != PageLayout.MAPCOUNT) {
                assertThat(Words.getLong(record + offset)).as("offset %d", offset).isZero();
            }
        }
        put(memory, pfn, 1);
        closeIdle(memory);
    }

    @Test
    void everyFrameOfAFolioGetsANewGeneration() {
        long head = allocate(memory, 4);
        put(memory, head, 1);
        for (long pfn = head; pfn < head + 16; pfn++) {
            assertThat(generation(memory, pfn)).isEqualTo(1);
        }
        assertThat(generation(memory, head + 16)).isZero();
        closeIdle(memory);
    }

    @Test
    @Tag("unchecked") // plants generations
    void aFrameWhoseGenerationsAreUsedUpIsNeverHandedOutAgain() {
        long head = allocate(memory, 3);
        long last = head + 5;
        Memories.setGeneration(memory, last, -2);
        Memories.setGeneration(memory, head, 41);
        long free = memory.vmStat().freeFrames();
        put(memory, head, 1);
        assertThat(memory.page(last).type()).isEqualTo(PageType.RETIRED);
        assertThat(generation(memory, last)).isEqualTo(-1);
        assertThat(generation(memory, head)).isEqualTo(42);
        assertThat(memory.vmStat().freeFrames()).isEqualTo(free + 7);
        long table = blocks.allocateTable(1, 0, 0);
        Memories.setGeneration(memory, table, -2);
        blocks.freeTable(table);
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        List<Long> taken = new ArrayList<>();
        long pfn;
        while ((pfn = blocks.allocate(0, Blocks.MOVABLE_FIRST)) > 0) {
            taken.add(pfn);
        }
        assertThat(taken).hasSize(4096 - 2 - 1024 - 1).doesNotContain(last);
        taken.forEach(each -> put(memory, each, 1));
        for (int i = 0; i < 1023; i++) {
            assertThat(blocks.allocateTable(1, 0, 0)).isPositive().isNotEqualTo(table);
        }
        memory.close();
    }

    @Test
    void nodesAreTriedInTurnAndMovableBeforeNormal() {
        PhysicalMemory two = PhysicalMemory.open(
                MemoryOptions.ofRam(32 * MIB).withMovableBytes(16 * MIB).withNodes(2));
        Blocks from = Bridge.core(two).blocks();
        long normal = from.allocate(0, Blocks.NORMAL, 1);
        assertThat(two.nodeOf(normal)).isEqualTo(1);
        assertThat(two.zoneOf(normal)).isEqualTo(ZoneKind.NORMAL);
        List<Long> taken = new ArrayList<>(List.of(normal));
        List<String> order = new ArrayList<>();
        long pfn;
        while ((pfn = from.allocate(9, Blocks.MOVABLE_FIRST, 1)) > 0) {
            String place = two.zoneOf(pfn) + " " + two.nodeOf(pfn);
            if (order.isEmpty() || !order.getLast().equals(place)) {
                order.add(place);
            }
            taken.add(pfn);
        }
        assertThat(order).containsExactly("MOVABLE 1", "NORMAL 1", "MOVABLE 0", "NORMAL 0");
        while ((pfn = from.allocate(0, Blocks.NORMAL, 0)) > 0) {
            assertThat(two.zoneOf(pfn)).isEqualTo(ZoneKind.NORMAL);
            taken.add(pfn);
        }
        assertThat(MemoryAudit.check(two)).isEmpty();
        taken.forEach(each -> put(two, each, 1));
        closeIdle(two);
        closeIdle(memory);
    }

    @Test
    void aPageblockChangesItsTypeWithItsFreeFrames() {
        long held = blocks.allocate(0, Blocks.NORMAL);
        blocks.setMigrateType(held, MigrateType.ISOLATE);
        assertThat(MemoryAudit.check(memory)).isEmpty();
        List<Long> taken = new ArrayList<>();
        long pfn;
        while ((pfn = blocks.allocate(0, Blocks.NORMAL)) > 0) {
            assertThat(pfn >> 9).as("nothing is allocated from an isolated pageblock").isNotEqualTo(held >> 9);
            taken.add(pfn);
        }
        put(memory, held, 1);
        assertThat(blocks.allocate(0, Blocks.NORMAL)).isEqualTo(-Errno.ENOMEM);
        taken.forEach(each -> put(memory, each, 1));
        blocks.setMigrateType(held, MigrateType.MOVABLE);
        put(memory, allocate(memory, 0), 1);
        for (long bad : new long[]{-1, memory.ramFrames()}) {
            assertThatThrownBy(() -> blocks.setMigrateType(bad, MigrateType.CMA))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> blocks.setMigrateType(2, MigrateType.TABLE)).hasMessageContaining("to TABLE");
        assertThatThrownBy(() -> blocks.setMigrateType(4095, MigrateType.CMA)).hasMessageContaining("frame 4095");
        closeIdle(memory);
    }

    @Test
    void gigabyteFoliosAreAlignedWholeAndComeBackInPieces() {
        PhysicalMemory big = PhysicalMemory.open(MemoryOptions.ofRam(3L << 30));
        long small = allocate(big, 0);
        long first = Bridge.core(big).blocks().allocateGigantic(Blocks.NORMAL);
        assertThat(first % (1 << 18)).isZero();
        assertThat(big.page(first).order()).isEqualTo(18);
        assertThat(big.page(first + (1 << 18) - 1).head()).isEqualTo(first);
        assertThat(Bridge.core(big).blocks().allocateGigantic(Blocks.MOVABLE_FIRST))
                .as("the third holds the tables' reserve")
                .isEqualTo(-Errno.ENOMEM);
        assertThat(MemoryAudit.check(big)).isEmpty();
        put(big, first, 1);
        assertThat(MemoryAudit.check(big)).isEmpty();
        assertThat(generation(big, first + 12345)).isEqualTo(1);
        assertThat(Bridge.core(big).blocks().allocateGigantic(Blocks.NORMAL)).isEqualTo(first);
        put(big, first, 1);
        put(big, small, 1);
        closeIdle(big);
        closeIdle(memory);
    }
}
