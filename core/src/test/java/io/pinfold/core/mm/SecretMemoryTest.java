package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.mm.device.DevicePrivate;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Secret memory is never handed out by address: every slow call answers -EFAULT, and only the processor of the process
 * gets at it. The tag is planted, because no mapping makes such memory yet.
 */
class SecretMemoryTest extends HugeTest {
    private static final int[] FLAGS = {0, FollFlags.FOLL_WRITE, FollFlags.FOLL_FORCE, FollFlags.FOLL_HWPOISON,
            FollFlags.FOLL_WRITE | FollFlags.FOLL_FORCE, FollFlags.FOLL_NOFAULT};

    private final List<Long> planted = new ArrayList<>();

    /** How the page is mapped. */
    enum Form {
        PAGE, FOLIO, LEAF, SHARED_OBJECT, PRIVATE_OF_OBJECT, HUGETLB;

        private boolean isHuge() {
            return this == LEAF || this == HUGETLB;
        }
    }

    private long mapAs(Form form) {
        space.setThpPolicy(form == Form.LEAF ? ThpPolicy.ALWAYS : ThpPolicy.NEVER);
        space.setFolioOrder(form == Form.FOLIO ? 2 : 0);
        long address = switch (form) {
            case PAGE, FOLIO, LEAF -> space.mmap(HUGE, BYTES, RW, PRIVATE | MapFlags.FIXED);
            case SHARED_OBJECT -> space.mmap(HUGE, BYTES, RW, SHARED | MapFlags.FIXED);
            case PRIVATE_OF_OBJECT -> mapPrivateOfObject();
            case HUGETLB -> space.mmap(HUGE, BYTES, RW, PRIVATE | MapFlags.FIXED | MapFlags.HUGETLB);
        };
        assertThat(address).isEqualTo(HUGE);
        for (int i = 0; i < 4; i++) {
            if (form == Form.PRIVATE_OF_OBJECT) {
                assertThat(cpu.loadLong(HUGE + (long) i * PAGE)).isZero();
            } else {
                cpu.storeLong(HUGE + (long) i * PAGE, i);
            }
        }
        assertThat(isLeaf(HUGE)).isEqualTo(form.isHuge());
        return HUGE + (form == Form.FOLIO || form.isHuge() ? 0 : PAGE);
    }

    private long mapPrivateOfObject() {
        try (SharedMemory object = SharedMemory.create(memory, BYTES)) {
            return space.mmap(HUGE, BYTES, RW, MapFlags.PRIVATE | MapFlags.FIXED, object, 0);
        }
    }

    /** Tags the folio mapped at {@code address} as secret; the record that was tagged, its head's. */
    private long plant(long address) {
        long head = UserPages.headRecord(core, space.frameAt(address));
        Words.setLongVolatile(head + PageLayout.MAPPING, mapping(head) | MappingWord.SECRET);
        planted.add(head);
        return head;
    }

    private static long mapping(long head) {
        return Words.getLongVolatile(head + PageLayout.MAPPING);
    }

    @AfterEach
    void unplant() {
        planted.forEach(head -> Words.setLongVolatile(head + PageLayout.MAPPING, mapping(head) & ~MappingWord.SECRET));
    }

    private int guarded(ToIntFunction<MmapGuard> call) {
        try (MmapGuard guard = space.readLock()) {
            return call.applyAsInt(guard);
        }
    }

    /** What every public slow call by address answers for one page. */
    private void assertRefused(long address, int flags, Batch<?> batch) {
        assertThat(guarded(guard -> Gup.getUserPages(space, guard, address, 1, flags, Kinds.gets(batch))))
                .isEqualTo(-Errno.EFAULT);
        assertThat(guarded(guard -> Gup.getUserPages(space, guard, address, 1, flags, null))).isEqualTo(-Errno.EFAULT);
        assertThat(guarded(guard -> Gup.getUserPagesRemote(space, guard, address, 1, flags, Kinds.gets(batch))))
                .isEqualTo(-Errno.EFAULT);
        assertThat(Gup.getUserPagesUnlocked(space, address, 1, flags, Kinds.gets(batch))).isEqualTo(-Errno.EFAULT);
        assertThat(guarded(guard -> Gup.pinUserPages(space, guard, address, 1, flags, Kinds.pins(batch))))
                .isEqualTo(-Errno.EFAULT);
        assertThat(guarded(guard -> Gup.pinUserPagesRemote(space, guard, address, 1, flags, Kinds.pins(batch))))
                .isEqualTo(-Errno.EFAULT);
        assertThat(guarded(guard -> Gup.pinLongtermPages(space, guard, address, 1, flags, Kinds.pins(batch))))
                .isEqualTo(-Errno.EFAULT);
        assertThat(Gup.pinUserPagesUnlocked(space, address, 1, flags, Kinds.pins(batch))).isEqualTo(-Errno.EFAULT);
        assertThat(batch.isHeld()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void everySlowCallRefusesIt(Form form) {
        long address = mapAs(form);
        long head = plant(address);
        int references = PageRefs.refCount(head);
        long flags = Words.getLongVolatile(head + PageLayout.FLAGS);
        long frame = space.frameAt(address);
        try (Batch<?> list = memory.newPageBatch(1); Batch<?> extents = memory.newExtentBatch(1)) {
            for (int asked : FLAGS) {
                for (Batch<?> batch : new Batch<?>[]{list, extents}) {
                    assertRefused(address, asked, batch);
                    assertRefused(address + PAGE * (form == Form.FOLIO || form.isHuge() ? 2 : 0), asked, batch);
                }
            }
        }
        assertThat(PageRefs.refCount(head)).isEqualTo(references);
        assertThat(Words.getLongVolatile(head + PageLayout.FLAGS)).as("no hint is left on it").isEqualTo(flags);
        assertThat(space.frameAt(address)).as("and it is still mapped").isEqualTo(frame);
        assertThat(cpu.loadLong(address)).as("the process itself reads it")
                .isEqualTo(form == Form.PRIVATE_OF_OBJECT ? 0 : (address - HUGE) / PAGE);
    }

    @Test
    void whatComesBeforeItIsHad() {
        mapAs(Form.PAGE);
        long head = plant(HUGE + 2 * PAGE);
        try (Batch<Hold.Pin> batch = memory.newPageBatch(4)) {
            assertThat(space.pinUserPagesUnlocked(HUGE, 4, GupOptions.WRITE, batch)).isEqualTo(2);
            assertThat(batch.stopReason()).isEqualTo(Errno.EFAULT);
            assertThat(PageRefs.refCount(head)).isOne();
            memory.unpinUserPages(batch);
        }
    }

    @Test
    void aStoreToAPrivateMappingCopiesIt() {
        long address = mapAs(Form.PRIVATE_OF_OBJECT);
        long head = plant(address);
        cpu.storeLong(address, 7);
        assertThat(cpu.loadLong(address)).isEqualTo(7);
        assertThat(UserPages.headRecord(core, space.frameAt(address))).isNotEqualTo(head);
    }

    @Test
    void itIsNeitherPoisonedByAddressNorMovedToADevice() {
        long address = mapAs(Form.PAGE);
        long head = plant(address);
        assertThat(space.madvise(address, PAGE, AddressSpace.MADV_HWPOISON)).isEqualTo(-Errno.EFAULT);
        assertThat(PageFlags.test(head, PageFlags.HWPOISON)).isFalse();
        try (MmapGuard guard = space.readLock()) {
            assertThat(DevicePrivate.moveThere(guard.space().mm(), address, 0)).isEqualTo(-Errno.EBUSY);
        }
    }
}
