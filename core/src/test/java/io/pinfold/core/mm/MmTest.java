package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A memory with one address space, and the audit that every test of this package ends with. */
abstract class MmTest {
    static final int PAGE = Geometry.PAGE_BYTES;
    static final int PRIVATE = MapFlags.PRIVATE | MapFlags.ANONYMOUS;
    static final int SHARED = MapFlags.SHARED | MapFlags.ANONYMOUS;
    static final int RW = Prot.READ_WRITE;
    /** A place whose pages lie under two PTE tables. */
    static final long BASE = 3 * Geometry.levelBytes(Geometry.PMD) - 2 * PAGE;

    PhysicalMemory memory;
    MemoryCore core;
    AddressSpace space;

    MemoryOptions options() {
        return MemoryOptions.ofRam(16L << 20).withMovableBytes(4L << 20);
    }

    @BeforeEach
    void openMemory() {
        memory = PhysicalMemory.open(options());
        core = Bridge.core(memory);
        space = AddressSpace.create(memory);
    }

    @AfterEach
    void nothingIsLeft() {
        assertEntriesFitMappings();
        space.close();
        assertNothingIsLeft(memory);
        memory.close();
    }

    /** Entries of the space lie in mappings, and permit no more than those; other spaces may map the same pages. */
    private void assertEntriesFitMappings() {
        if (!space.mm().isClosed()) {
            assertThat(SpaceAudit.check(memory, List.of(space)))
                    .filteredOn(finding -> finding.kind() == MemoryAudit.Kind.BAD_TABLE).isEmpty();
        }
    }

    /** Every frame and every table went back to the allocator. */
    static void assertNothingIsLeft(PhysicalMemory memory) {
        int _ = Bridge.core(memory).retired().drain(); // a Cpu of another thread may be inside its last access
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        assertThat(memory.vmStat().allocatedFrames()).isZero();
        assertThat(memory.vmStat().tableFrames()).isZero();
    }

    /**
     * Without pins, each folio has one reference a mapping of it or of one of its pages, and one for each page in an
     * object; reserved huge pages are in theirs as a whole.
     */
    static void assertReferencesMatchMappings(PhysicalMemory memory) {
        assertThat(MemoryAudit.check(memory)).isEmpty();
        Map<Long, Integer> mappings = new HashMap<>();
        for (PageInfo page : userPages(memory)) {
            mappings.merge(page.head(), page.mapCount() + page.entireMapCount(), Integer::sum);
        }
        for (PageInfo page : userPages(memory)) {
            int expected = page.isHead() ? mappings.get(page.head()) + othersThanMappings(memory, page) : 0;
            assertThat(page.refCount()).as("%s", page).isEqualTo(expected);
        }
    }

    private static int othersThanMappings(PhysicalMemory memory, PageInfo head) {
        if ((head.mapping() & MappingWord.SHMEM) != 0) {
            return (head.mapping() & MappingWord.HUGETLB) != 0 ? 1 : (int) head.pages();
        }
        return head.pfn() == Bridge.core(memory).hugeZero().pfn() ? 1 : 0;
    }

    static List<PageInfo> userPages(PhysicalMemory memory) {
        List<PageInfo> pages = new ArrayList<>();
        MemoryAudit.forEachAllocated(memory, page -> {
            if (page.type() == PageType.USER) {
                pages.add(page);
            }
        });
        return pages;
    }

    /** Maps {@code pages} pages at {@link #BASE} + {@code at} pages. */
    long map(AddressSpace where, int at, int pages, int prot, int flags) {
        long address = BASE + (long) at * PAGE;
        assertThat(where.mmap(address, (long) pages * PAGE, prot, flags | MapFlags.FIXED)).isEqualTo(address);
        return address;
    }

    long map(int at, int pages, int prot, int flags) {
        return map(space, at, pages, prot, flags);
    }

    PageInfo pageAt(AddressSpace where, long address) {
        return memory.page(where.frameAt(address));
    }
}
