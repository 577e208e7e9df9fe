package io.pinfold.core.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.FrameHandle;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The relations that the layout's table promises. */
class PageLayoutTest {
    private static Map<Integer, Integer> fields() {
        Map<Integer, Integer> bytesAt = new LinkedHashMap<>();
        bytesAt.put(PageLayout.FLAGS, Long.BYTES);
        bytesAt.put(PageLayout.REFCOUNT, Integer.BYTES);
        bytesAt.put(PageLayout.PINCOUNT, Integer.BYTES);
        bytesAt.put(PageLayout.COMPOUND, Long.BYTES);
        bytesAt.put(PageLayout.MAPPING, Long.BYTES);
        bytesAt.put(PageLayout.INDEX, Long.BYTES);
        bytesAt.put(PageLayout.PRIVATE, Long.BYTES);
        bytesAt.put(PageLayout.LINK, Integer.BYTES);
        bytesAt.put(PageLayout.LINK_PREV, Integer.BYTES);
        bytesAt.put(PageLayout.MAPCOUNT, Integer.BYTES);
        bytesAt.put(PageLayout.GENERATION, Integer.BYTES);
        return bytesAt;
    }

    @Test
    void fieldsFillTheRecordAlignedAndWithoutOverlap() {
        BitSet taken = new BitSet();
        fields().forEach((offset, bytes) -> {
            assertThat(offset % bytes).as("offset %d of %d bytes", offset, bytes).isZero();
            assertThat(taken.get(offset, offset + bytes).isEmpty()).as("offset %d", offset).isTrue();
            taken.set(offset, offset + bytes);
        });
        assertThat(taken.cardinality()).isEqualTo(PageLayout.BYTES).isEqualTo(64);
        assertThat(PageLayout.BYTES).isEqualTo(1 << PageLayout.SHIFT);
    }

    @Test
    void nothingOverlaysTheGenerationTheCountOrTheCompoundWord() {
        assertThat(new int[]{PageLayout.BUDDY_NEXT, PageLayout.BUDDY_PREV, PageLayout.BUDDY_ORDER,
                PageLayout.TABLE_SPACE, PageLayout.TABLE_BASE, PageLayout.TABLE_RETIRE_EPOCH})
                .as("long overlays of long fields")
                .containsOnly(PageLayout.MAPPING, PageLayout.INDEX, PageLayout.PRIVATE);
        assertThat(new int[]{PageLayout.TABLE_LIVE, PageLayout.TABLE_LOCK, PageLayout.ENTIRE_MAPCOUNT})
                .as("int overlays of int fields").containsOnly(PageLayout.PINCOUNT, PageLayout.MAPCOUNT);
    }

    @Test
    void recordAddresses() {
        assertThat(PageLayout.record(1 << 20, 0)).isEqualTo(1 << 20);
        assertThat(PageLayout.record(1 << 20, 3)).isEqualTo((1 << 20) + 192);
        assertThat(PageLayout.record(0, 1L << 31)).isEqualTo(1L << 37);
    }

    @Test
    void typeAndFlagsShareTheWordWithoutTouching() {
        assertThat(PageType.MASK & PageFlags.MASK).isZero();
        for (int type = PageType.NEVER_USED; type <= PageType.FREE_BODY; type++) {
            long word = PageType.toFlags(type) | PageFlags.MASK;
            assertThat(PageType.ofFlags(word)).isEqualTo(type);
            assertThat(word & ~PageType.MASK).isEqualTo(PageFlags.MASK);
            assertThat(PageType.nameOf(type)).doesNotStartWith("type");
        }
        assertThat(PageType.nameOf(15)).isEqualTo("type 15");
        assertThat(PageType.toFlags(PageType.NEVER_USED)).as("an all-zero record").isZero();
    }

    @Test
    void compoundWords() {
        assertThat(Compound.ofHead(0)).isZero();
        for (int order = 1; order <= 18; order++) {
            long head = Compound.ofHead(order);
            assertThat(Compound.isLargeHead(head)).isTrue();
            assertThat(Compound.isTail(head)).isFalse();
            assertThat(Compound.orderOf(head)).isEqualTo(order);
        }
        for (long pfn : new long[]{0, 1, 1024, (1L << 31) - 1}) {
            long tail = Compound.ofTail(pfn);
            assertThat(Compound.isTail(tail)).isTrue();
            assertThat(Compound.isLargeHead(tail)).isFalse();
            assertThat(Compound.headOf(tail)).isEqualTo(pfn);
        }
    }

    @Test
    void mappingWords() {
        long word = MappingWord.of(77, MappingWord.ANON | MappingWord.SECRET);
        assertThat(MappingWord.id(word)).isEqualTo(77);
        assertThat(MappingWord.isAnonymous(word)).isTrue();
        assertThat(MappingWord.isSecret(word)).isTrue();
        assertThat(MappingWord.isAnonymous(MappingWord.of(1L << 50, MappingWord.SHMEM))).isFalse();
        assertThat(MappingWord.id(MappingWord.of(1L << 50, MappingWord.TAGS))).isEqualTo(1L << 50);
    }

    @Test
    void frameHandles() {
        for (int generation : new int[]{0, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            for (long pfn : new long[]{1, 4096, 1L << 30, (1L << 31) - 1}) {
                long handle = FrameHandle.of(pfn, generation);
                assertThat(handle).isNotEqualTo(FrameHandle.NONE);
                assertThat(FrameHandle.pfn(handle)).isEqualTo(pfn);
                assertThat(FrameHandle.generation(handle)).isEqualTo(generation);
            }
        }
    }
}
