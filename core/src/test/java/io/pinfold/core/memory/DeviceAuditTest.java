package io.pinfold.core.memory;

import static io.pinfold.core.memory.Memories.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit.Finding;
import io.pinfold.core.memory.MemoryAudit.Kind;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of finding about device memory, planted and taken back. */
@Timeout(60) // a removal waits for every reference that was planted and not taken back
@Tag("unchecked") // plants what the audit is to find, and checked memory finds it first
class DeviceAuditTest {
    /** A granule, or some small ones. */
    private static final int UNIT = Math.max(8, DevPagemaps.GRANULE_FRAMES);
    private static final int ORDER = 2;

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 * MIB).withDeviceBytes(16 * MIB));
    private final MemoryCore core = Bridge.core(memory);
    private final long first = memory.deviceStart();
    /** Pages of order 0, and behind them compound ones. */
    private final DevPagemap single = add(first, 0);
    private final DevPagemap compound = add(first + UNIT, ORDER);
    private final long head = first + UNIT;
    private final Set<Kind> found = EnumSet.noneOf(Kind.class);

    private DevPagemap add(long pfn, int order) {
        DevPagemapOptions options = DevPagemapOptions.of(DevPagemapType.GENERIC, pfn, UNIT);
        return memory.pagemaps().add(order == 0 ? options : options.withOrder(order));
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(MemoryAudit.check(memory)).isEmpty();
        single.remove();
        compound.remove();
        Memories.closeIdle(memory);
    }

    private void expect(Kind kind, long pfn, String detail) {
        expect(MemoryAudit.check(memory), kind, pfn, detail);
    }

    private void expect(List<Finding> findings, Kind kind, long pfn, String detail) {
        assertThat(findings).anySatisfy(finding -> {
            assertThat(finding.kind()).isEqualTo(kind);
            assertThat(finding.pfn()).isEqualTo(pfn);
            assertThat(finding.detail()).contains(detail);
        });
        found.add(kind);
    }

    /** Finds the planted value in a word of a page's record, and puts the old one back. */
    private void plant(long pfn, int offset, long value, Kind kind, String detail) {
        long word = core.recordAddress(pfn) + offset;
        long before = Words.getLong(word);
        Words.setLong(word, value);
        expect(kind, pfn, detail);
        Words.setLong(word, before);
    }

    @Test
    void aPageOfAnotherPagemap() {
        plant(first, PageLayout.PGMAP, compound.id(), Kind.BAD_PAGEMAP, "is no page of " + single);
    }

    @Test
    void aPageOfAnotherType() {
        plant(first + 1, PageLayout.FLAGS, PageType.toFlags(PageType.USER), Kind.BAD_PAGEMAP,
                "is no page of " + single);
    }

    @Test
    void aTailOfAnotherHead() {
        plant(head + 1, PageLayout.COMPOUND, Compound.ofTail(head + (1 << ORDER)), Kind.BAD_PAGEMAP,
                "is no page of " + compound);
    }

    @Test
    void aHeadOfAnotherOrder() {
        plant(head, PageLayout.COMPOUND, Compound.ofHead(ORDER + 1), Kind.BAD_PAGEMAP, "is no page of " + compound);
    }

    @Test
    void aLookUpThatKeptItsReference() {
        WalkerSlot slot = core.slots().open(0);
        slot.enter();
        long kept = core.pagemaps().registry().get(first, 0, slot.stripe());
        slot.exit();
        try {
            expect(Kind.BAD_PAGEMAP, 0, "but its pages and nothing else make " + (1 + UNIT));
        } finally {
            slot.enter();
            core.pagemaps().registry().put(kept, slot.stripe());
            slot.exit();
            slot.close();
        }
    }

    @Test
    void aCountOnATail() {
        PageRefs.setCount(core.recordAddress(head + 1), 1);
        expect(Kind.BAD_TAIL, head + 1, "ref 1");
        PageRefs.setCount(core.recordAddress(head + 1), 0);
    }

    @Test
    void aCountOfZeroOnALivePage() {
        PageRefs.setCount(core.recordAddress(first), 0);
        try {
            expect(Kind.BAD_COUNT, first, "ref 0");
        } finally {
            PageRefs.setCount(core.recordAddress(first), 1);
        }
    }

    @Test
    void moreExactPinsThanReferences() {
        PageRefs.addPinCount(core.recordAddress(head), 2);
        expect(Kind.BAD_COUNT, head, "pin 2");
        expect(Kind.COUNTERS, 0, "but the records hold 2 pins");
        PageRefs.addPinCount(core.recordAddress(head), -2);
    }

    /** A pagemap that is there is right while memory is used, and a leak when everything should be free. */
    @Test
    void aPagemapThatWasLeft() {
        expect(MemoryAudit.checkIdle(memory), Kind.LEAKED_PAGEMAP, 0, single.toString());
        expect(MemoryAudit.checkIdle(memory), Kind.LEAKED_PAGEMAP, 0, compound.toString());
    }

    /** The kinds that only device memory has. */
    @ParameterizedTest
    @EnumSource(names = {"BAD_PAGEMAP", "LEAKED_PAGEMAP"})
    void everyKindIsPlanted(Kind kind) {
        if (kind == Kind.BAD_PAGEMAP) {
            aPageOfAnotherPagemap();
        } else {
            aPagemapThatWasLeft();
        }
        assertThat(found).containsExactly(kind);
    }
}
