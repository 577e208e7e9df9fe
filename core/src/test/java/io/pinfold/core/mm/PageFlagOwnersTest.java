package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;
import java.lang.reflect.Field;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The table of {@link PageFlags}: what sets a flag through any page of a large folio sets it in the record that owns
 * it, and what asks for it asks there. Checked memory says the first for every test that there is.
 */
class PageFlagOwnersTest extends HugeTest {
    private static final long OF_FOLIO = PageFlags.MASK & ~PageFlags.OF_PAGE;

    private PageBatch<Hold.Get> gets;
    private PageBatch<Hold.Pin> pins;

    /** What brings a large folio, and maps it from {@link #HUGE} on. */
    enum Form {
        LEAF, FOLIO, SHARED_OBJECT, HUGETLB, SHARED_HUGETLB
    }

    @Override
    MemoryOptions options() {
        return MemoryOptions.ofRam(64L << 20).withMovableBytes(16L << 20);
    }

    @BeforeEach
    void open() {
        gets = memory.newPageBatch(4);
        pins = memory.newPageBatch(4);
    }

    @AfterEach
    void close() {
        gets.close();
        pins.close();
    }

    /** The head of a folio that is mapped by the form and has been stored to. */
    private long mapAs(Form form) {
        space.setThpPolicy(form == Form.LEAF ? ThpPolicy.ALWAYS : ThpPolicy.NEVER);
        space.setFolioOrder(form == Form.FOLIO ? 2 : 0);
        long address = switch (form) {
            case LEAF, FOLIO -> space.mmap(HUGE, BYTES, RW, PRIVATE | MapFlags.FIXED);
            case SHARED_OBJECT -> mapFolios();
            case HUGETLB -> space.mmap(HUGE, BYTES, RW, PRIVATE | MapFlags.HUGETLB | MapFlags.FIXED);
            case SHARED_HUGETLB -> space.mmap(HUGE, BYTES, RW, SHARED | MapFlags.HUGETLB | MapFlags.FIXED);
        };
        assertThat(address).isEqualTo(HUGE);
        for (int page = 0; page < 4; page++) {
            cpu.storeLong(HUGE + (long) page * PAGE, page);
        }
        long head = memory.page(space.frameAt(HUGE + PAGE)).head();
        assertThat(head).isEqualTo(space.frameAt(HUGE));
        return head;
    }

    private long mapFolios() {
        try (SharedMemory object = SharedMemory.create(memory, BYTES, 2)) {
            return space.mmap(HUGE, BYTES, RW, MapFlags.SHARED | MapFlags.FIXED, object, 0);
        }
    }

    private long flags(long pfn) {
        return memory.page(pfn).flags();
    }

    private void plant(long pfn, long flags) {
        long word = core.recordAddress(pfn) + PageLayout.FLAGS;
        long _ = Words.getAndBitwiseOrLong(word, flags);
    }

    private void clear(long pfn, long flags) {
        long _ = PageFlags.clear(core.recordAddress(pfn), flags);
    }

    private void protect(int prot) {
        assertThat(space.mprotect(HUGE, BYTES, prot)).isZero();
    }

    @Test
    void everyFlagHasOneOwner() throws IllegalAccessException {
        long all = 0;
        for (Field field : PageFlags.class.getFields()) {
            if (field.getType() == long.class && !Set.of("MASK", "OF_PAGE").contains(field.getName())) {
                long flag = field.getLong(null);
                assertThat(Long.bitCount(flag)).as(field.getName()).isOne();
                assertThat(all & flag).as(field.getName()).isZero();
                all |= flag;
            }
        }
        assertThat(all).isEqualTo(PageFlags.MASK);
        assertThat(PageFlags.OF_PAGE & ~PageFlags.MASK).isZero();
    }

    /** An entry that goes hands on what the accesses through it have left in it, also when the page is broken. */
    @ParameterizedTest
    @EnumSource
    void poisonHandsOnTheBitsOfTheEntry(Form form) {
        long head = mapAs(form);
        assertThat(space.getUserPagesUnlocked(HUGE, 1, GupOptions.READ, gets)).isOne();
        clear(head, PageFlags.REFERENCED | PageFlags.DIRTY);
        assertThat(space.madvise(HUGE, PAGE, AddressSpace.MADV_HWPOISON)).isZero();
        assertThat(flags(head) & (PageFlags.REFERENCED | PageFlags.DIRTY))
                .isEqualTo(PageFlags.REFERENCED | PageFlags.DIRTY);
        memory.putPages(gets);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsDoneToATailMarksTheHead(Form form) {
        long head = mapAs(form);
        clear(head, PageFlags.REFERENCED | PageFlags.DIRTY);
        assertThat(space.getUserPagesUnlocked(HUGE + PAGE, 1, GupOptions.READ, gets)).isOne();
        memory.putPages(gets);
        assertThat(flags(head) & PageFlags.REFERENCED).isNotZero();
        assertThat(space.pinUserPagesUnlocked(HUGE + 2 * PAGE, 1, GupOptions.WRITE, pins)).isOne();
        memory.unpinUserPagesDirtyLock(pins, true);
        assertThat(flags(head) & PageFlags.DIRTY).isNotZero();
        protect(Prot.READ);
        protect(RW);
        cpu.storeLong(HUGE + PAGE, 1);
        clear(head, PageFlags.DIRTY);
        PageRefs.getPage(core.recordAddress(head));
        long tails = memory.page(head).pages();
        assertThat(space.munmap(HUGE, BYTES)).isZero();
        assertThat(flags(head) & PageFlags.DIRTY).as("what the entries knew").isNotZero();
        assertThat(LongStream.range(head + 1, head + tails).filter(pfn -> (flags(pfn) & OF_FOLIO) != 0)).isEmpty();
        UserPages.put(core, head);
    }

    @ParameterizedTest
    @EnumSource
    void aBrokenTailMarksItselfAndTheHead(Form form) {
        long head = mapAs(form);
        PageRefs.getPage(core.recordAddress(head));
        assertThat(space.madvise(HUGE + PAGE, PAGE, AddressSpace.MADV_HWPOISON)).isZero();
        assertThat(flags(head) & (PageFlags.HWPOISON | PageFlags.HAS_HWPOISONED)).isEqualTo(PageFlags.HAS_HWPOISONED);
        assertThat(flags(head + 1) & (PageFlags.HWPOISON | PageFlags.HAS_HWPOISONED)).isEqualTo(PageFlags.HWPOISON);
        assertThat(flags(head + 2) & (PageFlags.HWPOISON | PageFlags.HAS_HWPOISONED)).isZero();
        UserPages.put(core, head);
    }

    /** A folio flag in a tail means nothing: it neither stands in for the head's nor makes a call wait. */
    @Tag("unchecked") // plants flags where no code may set them
    @ParameterizedTest
    @EnumSource
    void aFolioFlagIsNotAskedOfATail(Form form) {
        long head = mapAs(form);
        plant(head + 1, PageFlags.DIRTY | PageFlags.REFERENCED | PageFlags.LOCKED | PageFlags.HAS_HWPOISONED);
        clear(head, PageFlags.REFERENCED | PageFlags.DIRTY);
        assertThat(space.pinUserPagesUnlocked(HUGE + PAGE, 1, GupOptions.WRITE, pins)).isOne();
        assertThat(flags(head) & PageFlags.REFERENCED).isNotZero();
        clear(head, PageFlags.DIRTY);
        memory.unpinUserPagesDirtyLock(pins, true);
        assertThat(flags(head) & PageFlags.DIRTY).isNotZero();
        protect(Prot.READ);
        protect(RW);
        cpu.storeLong(HUGE + PAGE, 7);
        assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(7);
        long word = core.recordAddress(head + 1) + PageLayout.FLAGS;
        Words.setLongVolatile(word, Words.getLongVolatile(word) & ~OF_FOLIO);
    }

    @Test
    void exclusiveIsAskedOfThePageThatAPteMapsAndOfTheHeadOfALeaf() {
        long head = mapAs(Form.FOLIO);
        PageRefs.getPage(core.recordAddress(head)); // of another owner, so that the count does not decide
        clear(head, PageFlags.ANON_EXCLUSIVE);
        protect(Prot.READ);
        protect(RW);
        cpu.storeLong(HUGE + PAGE, 8);
        assertThat(space.frameAt(HUGE + PAGE)).as("its own flag is set").isEqualTo(head + 1);
        cpu.storeLong(HUGE, 8);
        assertThat(space.frameAt(HUGE)).as("the head's own is not").isNotEqualTo(head);
        UserPages.put(core, head);
        assertThat(space.munmap(HUGE, BYTES)).isZero();

        long leaf = mapAs(Form.LEAF);
        PageRefs.getPage(core.recordAddress(leaf));
        share();
        plant(leaf + 1, PageFlags.ANON_EXCLUSIVE);
        cpu.storeLong(HUGE + 2 * PAGE, 9);
        assertThat(space.frameAt(HUGE + 2 * PAGE)).as("the head says that others have it").isNotEqualTo(leaf + 2);
        UserPages.put(core, leaf);
    }

    @Test
    void ofHugetlbThePageOfAnotherAnswersForAll() {
        long head = mapAs(Form.SHARED_HUGETLB);
        plant(head, PageFlags.HAS_HWPOISONED);
        protect(Prot.READ);
        protect(RW);
        assertThatThrownBy(() -> {
            assertThat(space.madvise(HUGE, BYTES, AddressSpace.MADV_DONTNEED)).isZero();
            cpu.storeLong(HUGE + 5 * PAGE, 1);
        }).isInstanceOf(SegmentationFault.class);
        clear(head, PageFlags.HAS_HWPOISONED);
        cpu.storeLong(HUGE + 5 * PAGE, 1);
    }
}
