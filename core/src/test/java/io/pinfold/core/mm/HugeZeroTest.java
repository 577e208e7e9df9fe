package io.pinfold.core.mm;

import static io.pinfold.core.kernel.FollFlags.FOLL_DUMP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.pgtable.Entry;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The huge zero page [R20]: counted like any large folio, never written, and freed when it has no user. */
class HugeZeroTest extends HugeTest {
    private long zero() {
        return core.hugeZero().pfn();
    }

    private void assertStillZero() {
        long[] words = new long[1];
        try (AddressSpace reader = AddressSpace.create(memory); Cpu other = reader.openCpu()) {
            reader.setThpPolicy(ThpPolicy.ALWAYS);
            assertThat(reader.mmap(HUGE, BYTES, Prot.READ, PRIVATE | MapFlags.FIXED)).isEqualTo(HUGE);
            byte[] area = new byte[(int) BYTES];
            other.copyOut(HUGE, area, 0, area.length);
            words[0] = reader.frameAt(HUGE);
            assertThat(Arrays.equals(area, new byte[area.length])).isTrue();
        }
        assertThat(words[0]).isEqualTo(zero());
    }

    @Test
    void aLoadMapsItAndOnlyTheSpaceIsCounted() {
        map(2);
        assertThat(core.hugeZero().users()).isZero();
        assertThat(cpu.loadLong(HUGE + 3 * PAGE)).isZero();
        long entry = space.entryAt(HUGE);
        assertThat(Entry.pfn(entry)).isEqualTo(zero()).isPositive();
        assertThat(Entry.isHuge(entry)).isTrue();
        assertThat(Entry.isWritable(entry)).isFalse();
        assertThat(Entry.isSpecial(entry)).as("the fast walk takes it like any leaf").isFalse();
        assertThat(cpu.loadLong(HUGE + BYTES)).isZero();
        assertThat(core.hugeZero().users()).as("shrinker and space").isEqualTo(2);
        assertThat(memory.page(zero()).refCount()).isOne();
        assertThat(memory.page(zero()).entireMapCount()).isZero();
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(PAGES);
    }

    @Test
    void aStoreGetsAFolioOfItsOwn() {
        map(1);
        assertThat(cpu.loadLong(HUGE)).isZero();
        long tables = memory.vmStat().tableFrames();
        cpu.storeLong(HUGE + PAGE, 5);
        assertThat(isLeaf(HUGE)).isTrue();
        assertThat(head().pfn()).isNotEqualTo(zero());
        assertThat(head().refCount()).isOne();
        assertThat(memory.vmStat().tableFrames()).isEqualTo(tables);
        assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(5);
        assertStillZero();
    }

    @Test
    void withoutABlockAStoreGetsOnePage() {
        map(1);
        assertThat(cpu.loadLong(HUGE)).isZero();
        long small = core.blocks().allocate(0, Blocks.MOVABLE_FIRST); // breaks a block up
        hoardBlocks();
        cpu.storeLong(HUGE + PAGE, 5);
        assertThat(isLeaf(HUGE)).isFalse();
        assertThat(space.frameAt(HUGE)).isEqualTo(memory.zeroPfn());
        assertThat(Entry.isSpecial(space.entryAt(HUGE + 2 * PAGE))).isTrue();
        assertThat(memory.page(space.frameAt(HUGE + PAGE)).refCount()).isOne();
        assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(5);
        releaseBlocks();
        UserPages.put(core, small);
        assertStillZero();
    }

    /** What is there stays as large as it is; policy and advice are about what comes where nothing is. */
    @Test
    void aStoreGetsAHugePageWhateverPolicyAndAdviceSayByThen() {
        map(2);
        assertThat(cpu.loadLong(HUGE)).isZero();
        assertThat(cpu.loadLong(HUGE + BYTES)).isZero();
        assertThat(space.madvise(HUGE, BYTES, AddressSpace.MADV_NOHUGEPAGE)).isZero();
        cpu.storeLong(HUGE + PAGE, 5);
        assertThat(isLeaf(HUGE)).as("advised against").isTrue();
        space.setThpPolicy(ThpPolicy.NEVER);
        cpu.storeLong(HUGE + BYTES + PAGE, 6);
        assertThat(isLeaf(HUGE + BYTES)).as("switched off").isTrue();
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(3 * PAGES);
        assertStillZero();
    }

    @Test
    void aPartialUnmapLeavesZeroPages() {
        map(1);
        assertThat(cpu.loadLong(HUGE)).isZero();
        assertThat(space.munmap(HUGE, PAGE)).isZero();
        assertThat(space.frameAt(HUGE + PAGE)).isEqualTo(memory.zeroPfn());
        assertThat(cpu.loadLong(HUGE + BYTES - 8)).isZero();
    }

    @Test
    void protectionNeverGivesItTheWriteBit() {
        map(1);
        assertThat(cpu.loadLong(HUGE)).isZero();
        assertThat(space.mprotect(HUGE, BYTES, Prot.NONE)).isZero();
        assertThat(space.mprotect(HUGE, BYTES, RW)).isZero();
        assertThat(Entry.isWritable(space.entryAt(HUGE))).isFalse();
        assertThat(space.frameAt(HUGE)).isEqualTo(zero());
        assertThat(cpu.loadLong(HUGE)).isZero();
    }

    @Test
    void getsAndPinsAreCounted() {
        map(1);
        assertThat(cpu.loadLong(HUGE)).isZero();
        try (PageBatch<?> batch = memory.newPageBatch(PAGES)) {
            assertThat(space.getUserPagesUnlocked(HUGE, 3, GupOptions.READ, Kinds.gets(batch))).isEqualTo(3);
            assertThat(batch.pfn(2)).isEqualTo(zero() + 2);
            assertThat(memory.page(zero()).refCount()).isEqualTo(4);
            Gup.releasePages(Kinds.gets(batch));
            assertThat(memory.page(zero()).refCount()).as("release_pages does not skip it").isOne();
            long acquired = memory.vmStat().nrFollPinAcquired();
            assertThat(space.pinUserPagesUnlocked(HUGE, PAGES, GupOptions.READ, Kinds.pins(batch))).isEqualTo(PAGES);
            assertThat(memory.page(zero()).refCount()).isEqualTo(1 + PAGES);
            assertThat(memory.page(zero()).pinCount()).isEqualTo(PAGES);
            assertThat(memory.vmStat().nrFollPinAcquired() - acquired).isEqualTo(PAGES);
            assertThat(memory.unpinUserPages(Kinds.pins(batch))).isEqualTo(PAGES);
            assertThat(Gup.getUserPagesUnlocked(space, HUGE, 1, FOLL_DUMP, Kinds.gets(batch))).isEqualTo(-Errno.EFAULT);
        }
        assertThat(memory.page(zero()).refCount()).isOne();
    }

    @Test
    void aPinForWritingNeverGetsIt() {
        map(1);
        assertThat(cpu.loadLong(HUGE)).isZero();
        try (PageBatch<Hold.Pin> batch = memory.newPageBatch(1)) {
            assertThat(space.pinUserPagesUnlocked(HUGE, 1, GupOptions.WRITE, batch)).isOne();
            assertThat(batch.pfn(0)).isNotEqualTo(zero());
            memory.unpinUserPages(batch);
        }
        assertStillZero();
    }

    @Test
    void itGoesWhenNoSpaceUsesItAndAReferenceOnlyDelaysTheFrames() {
        map(1);
        assertThat(memory.shrinkHugeZero()).as("there is none").isFalse();
        assertThat(cpu.loadLong(HUGE)).isZero();
        AddressSpace other = AddressSpace.create(memory);
        other.setThpPolicy(ThpPolicy.ALWAYS);
        assertThat(other.mmap(HUGE, BYTES, RW, PRIVATE | MapFlags.FIXED)).isPositive();
        assertThat(Gup.getUserPagesUnlocked(other, HUGE, 1, 0, null)).isOne();
        assertThat(core.hugeZero().users()).isEqualTo(3);
        assertThat(space.munmap(HUGE, BYTES)).isZero();
        assertThat(memory.shrinkHugeZero()).as("used by two spaces").isFalse();
        PageBatch<Hold.Get> batch = memory.newPageBatch(1);
        assertThat(other.getUserPagesUnlocked(HUGE, 1, GupOptions.READ, batch)).isOne();
        other.close();
        assertThat(memory.shrinkHugeZero()).as("a space counts until it is closed").isFalse();
        cpu.close();
        space.close();
        long pfn = zero();
        assertThat(memory.shrinkHugeZero()).isTrue();
        assertThat(zero()).isZero();
        assertThat(memory.page(pfn).refCount()).as("the get").isOne();
        memory.putPages(batch);
        assertThat(memory.vmStat().allocatedFrames()).isZero();
        batch.close();
        space = AddressSpace.create(memory);
        openCpu();
        map(1);
        assertThat(cpu.loadLong(HUGE)).as("a new one comes").isZero();
        assertThat(zero()).isPositive();
    }

    /** Without spaces the page alone is no leak. A hold on it is one, and a hold by handle keeps the memory open. */
    @Test
    void aHoldThatIsLeftIsALeakAndNoHoldIsNone() {
        map(1);
        assertThat(cpu.loadLong(HUGE)).isZero();
        PageBatch<Hold.Get> batch = memory.newPageBatch(1);
        assertThat(space.getUserPagesUnlocked(HUGE + PAGE, 1, GupOptions.READ, batch)).isOne();
        cpu.close();
        space.close();
        assertThat(MemoryAudit.checkIdle(memory)).singleElement().satisfies(leak -> {
            assertThat(leak.kind()).isEqualTo(MemoryAudit.Kind.LEAKED_FRAME);
            assertThat(leak.pfn()).isEqualTo(zero());
        });
        long handle = memory.handles().handleOf(zero());
        assertThat(memory.handles().tryGet(handle)).isTrue();
        memory.putPages(batch);
        batch.close();
        assertThat(MemoryAudit.checkIdle(memory)).hasSize(1);
        assertThatThrownBy(memory::close).isInstanceOf(MisuseException.class).hasMessageContaining("by handle");
        memory.handles().put(handle);
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        space = AddressSpace.create(memory);
        openCpu();
    }

    @Test
    void misuseIsToldApart() {
        assertThatThrownBy(() -> core.hugeZero().unuse()).isInstanceOf(IllegalStateException.class);
        assertThat(core.hugeZero().users()).isZero();
    }
}
