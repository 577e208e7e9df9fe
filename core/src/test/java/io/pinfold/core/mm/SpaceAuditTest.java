package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.MemoryAudit.Kind;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import io.pinfold.core.words.Words;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of finding about page tables, planted and taken back. */
@Tag("unchecked") // plants what the audit is to find, and checked memory finds it first
class SpaceAuditTest extends HugeTest {
    private final Set<Kind> found = EnumSet.noneOf(Kind.class);

    private void expect(Kind kind, long pfn, String detail) {
        assertThat(SpaceAudit.check(memory, List.of(space))).anySatisfy(finding -> {
            assertThat(finding.kind()).isEqualTo(kind);
            assertThat(finding.pfn()).isEqualTo(pfn);
            assertThat(finding.detail()).contains(detail);
        });
        found.add(kind);
    }

    /** Finds the entry planted in the place of the one at {@code address}, and puts the old one back. */
    private void plant(long address, long entry, String detail) {
        long spot = PageTables.lowest(core, space.mm().root(), address);
        long at = Spot.entryAddress(core, spot, address);
        long before = Entries.exchange(at, entry);
        expect(Kind.BAD_TABLE, Spot.table(spot), detail);
        Entries.store(at, before);
    }

    private void mapOnePage() {
        map(0, 1, RW, PRIVATE);
        cpu.storeLong(BASE, 1);
    }

    @Test
    void anEntryThatWasNotCounted() {
        mapOnePage();
        plant(BASE + PAGE, NonPresent.make(NonPresent.SWAP, 1), "2 live entries, the record says 1");
    }

    @Test
    void anEntryThatWentWithoutBeingCounted() {
        mapOnePage();
        plant(BASE, Entry.NONE, "0 live entries, the record says 1");
    }

    @Test
    void aLeafWithoutItsDeposit() {
        mapAndStore();
        plant(HUGE, space.entryAt(HUGE) & ~Entry.DEPOSITED, "0 leaves with a deposit, 1 deposited tables");
    }

    @Test
    void aLeafThatWasLeftInvalidated() {
        mapAndStore();
        plant(HUGE, Entry.invalidated(space.entryAt(HUGE)), "a leaf was left invalidated");
    }

    @Test
    void aMappingThatNoPteMakes() {
        mapOnePage();
        long word = core.recordAddress(space.frameAt(BASE)) + PageLayout.MAPCOUNT;
        Words.setInt(word, 2);
        expect(Kind.BAD_MAPCOUNT, space.frameAt(BASE), "1 PTEs and 0 leaves map");
        Words.setInt(word, 1);
    }

    @Test
    void aMappingThatNoLeafMakes() {
        long head = mapAndStore();
        PageRefs.addEntireMapping(core.recordAddress(head));
        expect(Kind.BAD_MAPCOUNT, head, "0 PTEs and 1 leaves map");
        assertThat(PageRefs.removeEntireMapping(core.recordAddress(head))).isOne();
    }

    /** The kinds that only page tables have. */
    @ParameterizedTest
    @EnumSource(names = {"BAD_TABLE", "BAD_MAPCOUNT"})
    void everyKindIsPlanted(Kind kind) {
        if (kind == Kind.BAD_TABLE) {
            anEntryThatWasNotCounted();
        } else {
            aMappingThatNoPteMakes();
        }
        assertThat(found).containsExactly(kind);
    }
}
