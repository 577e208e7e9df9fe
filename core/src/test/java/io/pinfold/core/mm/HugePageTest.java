package io.pinfold.core.mm;

import static io.pinfold.core.gup.FollFlags.FOLL_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.memory.Blocks;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Anonymous memory in huge leaves: when they come, what they count, how they are split and how they go. */
class HugePageTest extends HugeTest {
    @Test
    void aStoreMapsAZeroedExclusiveFolioByOneLeaf() {
        map(1);
        cpu.storeLong(HUGE + 5 * PAGE, 7);
        long entry = space.entryAt(HUGE);
        assertThat(Entry.isHuge(entry)).isTrue();
        assertThat(Entry.accessPermitted(entry, true)).isTrue();
        assertThat(Entry.isDirty(entry)).isTrue();
        assertThat(Entry.isDeposited(entry)).isTrue();
        PageInfo head = pageAt(space, HUGE);
        assertThat(head.order()).isEqualTo(Geometry.BITS_PER_LEVEL);
        assertThat(head.refCount()).isOne();
        assertThat(head.entireMapCount()).isOne();
        assertThat(head.mapCount()).isZero();
        assertThat(head.mapping()).isEqualTo(MappingWord.of(space.id(), MappingWord.ANON));
        assertThat(head.index()).isEqualTo(HUGE >>> Geometry.PAGE_SHIFT);
        assertThat(head.flags() & PageFlags.ANON_EXCLUSIVE).isNotZero();
        assertThat(space.frameAt(HUGE + 5 * PAGE)).isEqualTo(head.pfn() + 5);
        assertThat(cpu.loadLong(HUGE + 5 * PAGE)).isEqualTo(7);
        assertThat(cpu.loadLong(HUGE + BYTES - 8)).isZero();
        assertThat(memory.vmStat().allocatedFrames()).isEqualTo(PAGES);
    }
}
