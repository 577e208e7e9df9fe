package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Fails the k-th allocation of every kind of fault, for every k, and finds everything as it was. */
class OutOfFramesTest extends DeviceTest {
    private final Deque<Long> frames = new ArrayDeque<>();
    private final Deque<Long> tables = new ArrayDeque<>();
    private Cpu cpu;

    @Override
    MemoryOptions options() {
        return MemoryOptions.ofRam(8L << 20).withDeviceBytes(4L << 20);
    }

    @BeforeEach
    void openCpu() {
        cpu = space.openCpu();
    }

    @AfterEach
    void giveBack() {
        frames.forEach(pfn -> UserPages.put(core, pfn));
        tables.forEach(core.blocks()::freeTable);
        cpu.close();
    }

    @Test
    void firstStore() {
        map(0, 1, RW, PRIVATE);
        assertThat(failures(true, c -> c.storeInt(BASE, 1))).as("a page and four tables").isEqualTo(5);
    }

    @Test
    void firstLoad() {
        map(0, 1, RW, PRIVATE);
        assertThat(failures(true, c -> c.loadInt(BASE))).as("a frame in vain, four tables").isEqualTo(5);
    }

    @Test
    void storeToTheZeroPage() {
        map(0, 1, RW, PRIVATE);
        assertThat(cpu.loadInt(BASE)).isZero();
        assertThat(failures(true, c -> c.storeInt(BASE, 1))).isEqualTo(1);
    }

    @Test
    void firstStoreToSharedMemory() {
        map(0, 1, RW, SHARED);
        assertThat(failures(false, c -> c.storeInt(BASE, 1))).as("page, node, a frame in vain, four tables")
                .isEqualTo(7);
    }

    @Test
    void firstStoreToALargeObject() {
        try (SharedMemory object = SharedMemory.create(memory, 1L << 30)) {
            long address = space.mmap(0, PAGE, RW, MapFlags.SHARED, object, 77_777);
            assertThat(failures(false, c -> c.storeInt(address, 1))).as("page, two nodes, a frame in vain, four tables")
                    .isEqualTo(8);
        }
    }

    @Test
    void firstStoreToAPrivateMappingOfAnObject() {
        try (SharedMemory object = SharedMemory.create(memory, PAGE)) {
            long address = space.mmap(0, PAGE, RW, MapFlags.PRIVATE, object, 0);
            assertThat(failures(false, c -> c.storeInt(address, 1))).as("page, node, copy, four tables").isEqualTo(7);
        }
    }

    /** The page is the device's: what a fault fails for is a table, and then it holds no reference. */
    @ParameterizedTest
    @EnumSource(names = {"COHERENT", "FS_DAX"})
    void firstStoreToADevice(DevPagemapType type) {
        DevPagemap pagemap = pagemap(type);
        assertThat(map(space, object(pagemap, Geometry.PTE), BASE, 1, 0)).isEqualTo(BASE);
        assertThat(failures(true, c -> {
            assertThat(refs(first(pagemap))).as("%s", memory.page(first(pagemap))).isOne();
            c.storeInt(BASE, 1);
        })).as("four tables, after a frame in vain").isEqualTo(5);
        assertThat(refs(first(pagemap))).isEqualTo(type == DevPagemapType.COHERENT ? 2 : 1);
    }

    @Test
    void copyOnWrite() {
        try (SharedMemory object = SharedMemory.create(memory, PAGE)) {
            long address = space.mmap(0, PAGE, RW, MapFlags.PRIVATE, object, 0);
            assertThat(cpu.loadInt(address)).isZero();
            assertThat(failures(true, c -> c.storeInt(address, 1))).isEqualTo(1);
        }
    }

    /** Free frames of every kind, those that only tables can have included. */
    private long freeFrames() {
        VmStat stat = memory.vmStat();
        return stat.freeFrames() + stat.freeTableFrames();
    }

    /**
     * Takes every frame, then tries the access with one more frame each time, until it succeeds.
     *
     * @param isExact whether a failed try must leave exactly the frames there were; an object keeps a page it made
     * @return how often it failed
     */
    private int failures(boolean isExact, Consumer<Cpu> access) {
        takeEverything();
        int failures = 0;
        while (true) {
            long free = freeFrames();
            try {
                access.accept(cpu);
                assertReferencesMatchMappingsButHoard();
                return failures;
            } catch (OutOfFramesException e) {
                failures++;
            }
            if (isExact) {
                assertThat(freeFrames()).as("after failure %d", failures).isEqualTo(free);
            }
            assertReferencesMatchMappingsButHoard();
            giveOneBack();
        }
    }

    /** One user frame if there is none, else one table: each step of a fault is made to fail on its own. */
    private void giveOneBack() {
        long pfn = frame();
        if (pfn < 0) {
            UserPages.put(core, frames.pop());
        } else {
            UserPages.put(core, pfn);
            core.blocks().freeTable(tables.pop());
        }
    }

    private void takeEverything() {
        for (long pfn = frame(); pfn > 0; pfn = frame()) {
            frames.push(pfn);
        }
        for (long pfn = table(); pfn > 0; pfn = table()) {
            tables.push(pfn);
        }
        assertThat(frames).isNotEmpty();
        assertThat(frame()).as("tables come from blocks of their own").isNegative();
    }

    private long table() {
        return core.blocks().allocateTable(0, 0, 0);
    }

    private long frame() {
        return core.blocks().allocate(0, Blocks.MOVABLE_FIRST);
    }

    private void assertReferencesMatchMappingsButHoard() {
        assertThat(MemoryAudit.check(memory)).isEmpty();
        userPages(memory).stream().filter(page -> page.mapping() != 0).forEach(page -> {
            int object = (page.mapping() & MappingWord.SHMEM) != 0 ? 1 : 0;
            assertThat(page.refCount()).as("%s", page).isEqualTo(page.mapCount() + object);
        });
    }
}
