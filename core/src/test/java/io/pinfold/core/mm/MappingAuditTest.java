package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.internal.AuditClause;
import io.pinfold.core.memory.MemoryAudit.Finding;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the audit says of entries put by hand into a mapping that permits them, permits less, or is not there. */
class MappingAuditTest extends MmTest {
    private static final Set<AuditClause> OF_MAPPINGS = EnumSet.range(AuditClause.SPACE8, AuditClause.SPACE12);
    private static final long LEAF = 2 * Geometry.levelBytes(Geometry.PMD);
    private static final long MAY_WRITE = Entry.PRESENT | Entry.USER | Entry.WRITE | Entry.ACCESSED | Entry.DIRTY;

    /** A page that is stored to, under {@code prot} afterwards; its frame. */
    private long page(int flags, int prot) {
        map(0, 1, RW, flags);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(BASE, 1);
        }
        assertThat(space.mprotect(BASE, PAGE, prot)).isZero();
        return space.frameAt(BASE);
    }

    private long exchange(long address, long entry) {
        long spot = PageTables.lowest(core, space.mm().root(), address);
        return Entries.exchange(Spot.entryAddress(core, spot, address), entry);
    }

    /** The findings about mappings while {@code entry} is at {@code address}. */
    private List<Finding> findings(long address, long entry) {
        long before = exchange(address, entry);
        try {
            return SpaceAudit.check(memory, List.of(space)).stream()
                    .filter(finding -> OF_MAPPINGS.contains(AuditClause.of(finding.detail()))).toList();
        } finally {
            long _ = exchange(address, before);
        }
    }

    private void assertFinds(AuditClause clause, long address, long entry) {
        assertThat(findings(address, entry)).as("%s", Entry.describe(entry)).singleElement()
                .satisfies(finding -> {
                    assertThat(AuditClause.of(finding.detail())).isEqualTo(clause);
                    assertThat(finding.detail())
                            .contains(Entry.describe(entry) + " at 0x" + Long.toHexString(address));
                    assertThat(finding.pfn())
                            .isEqualTo(Spot.table(PageTables.lowest(core, space.mm().root(), address)));
                });
    }

    private void assertFindsNothing(long entry) {
        assertThat(findings(BASE, entry)).as("%s", Entry.describe(entry)).isEmpty();
    }

    @Test
    void anEntryInNoMapping() {
        long frame = page(PRIVATE, RW);
        assertFinds(AuditClause.SPACE8, BASE + PAGE, Entry.make(frame, MAY_WRITE));
        assertFinds(AuditClause.SPACE8, BASE - PAGE, NonPresent.make(NonPresent.SWAP, 1));
    }

    /** A leaf that reaches over an end of its mapping, whichever. */
    @Test
    void aLeafOverAnEndOfItsMapping() {
        space.setThpPolicy(ThpPolicy.ALWAYS);
        long bytes = Geometry.levelBytes(Geometry.PMD);
        assertThat(space.mmap(LEAF, bytes, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(LEAF);
        try (Cpu cpu = space.openCpu()) {
            cpu.storeLong(LEAF, 1);
        }
        long leaf = space.entryAt(LEAF);
        assertThat(Entry.isHuge(leaf)).isTrue();
        assertThat(findings(LEAF, leaf)).isEmpty();
        space.mm().vmas().splitAt(LEAF + bytes - PAGE);
        assertFinds(AuditClause.SPACE9, LEAF, leaf);
        space.mm().vmas().joinAround(LEAF, LEAF + bytes);
        assertThat(findings(LEAF, leaf)).isEmpty();
    }

    /** An entry may permit less than its mapping, and what is on the move is judged by what it will permit. */
    @Test
    void aWriteThatTheMappingDoesNotPermit() {
        long frame = page(SHARED, Prot.READ);
        assertFindsNothing(Entry.make(frame, MAY_WRITE & ~Entry.WRITE));
        assertFindsNothing(NonPresent.make(NonPresent.MIGRATION_READ, frame));
        assertFinds(AuditClause.SPACE10, BASE, Entry.make(frame, MAY_WRITE));
        assertFinds(AuditClause.SPACE10, BASE, NonPresent.make(NonPresent.MIGRATION_WRITE, frame));
        assertThat(space.mprotect(BASE, PAGE, RW)).isZero();
        assertFindsNothing(Entry.make(frame, MAY_WRITE));
        assertFindsNothing(NonPresent.make(NonPresent.MIGRATION_WRITE, frame));
    }

    @Test
    void anAccessThatTheMappingDoesNotPermit() {
        long frame = page(SHARED, Prot.NONE);
        assertFindsNothing(Entry.make(frame, Entry.PROTNONE));
        assertFinds(AuditClause.SPACE11, BASE, Entry.make(frame, Entry.PRESENT | Entry.USER));
    }

    /** Of the frames that a private mapping may write to, only exclusive pages of users are as they should be. */
    @Test
    void aWriteToWhatAPrivateMappingHasNotForItself() {
        long frame = page(PRIVATE, RW);
        long record = core.recordAddress(frame);
        assertFindsNothing(Entry.make(frame, MAY_WRITE));
        long _ = PageFlags.clear(record, PageFlags.ANON_EXCLUSIVE);
        assertFinds(AuditClause.SPACE12, BASE, Entry.make(frame, MAY_WRITE));
        assertFindsNothing(Entry.make(frame, MAY_WRITE & ~Entry.WRITE));
        assertFindsNothing(Entry.make(frame, MAY_WRITE | Entry.DEVMAP));
        long _ = PageFlags.set(record, PageFlags.ANON_EXCLUSIVE);
        assertFinds(AuditClause.SPACE12, BASE, Entry.make(core.zeroPfn(), MAY_WRITE | Entry.SPECIAL));
    }

    /** Frames that are no pages of users, or none at all, are for other clauses. */
    @Test
    void framesThatAreNoPagesOfUsers() {
        long _ = page(PRIVATE, RW);
        assertFindsNothing(Entry.make(space.mm().root(), MAY_WRITE));
        assertFindsNothing(Entry.make(core.frames(), MAY_WRITE));
        assertFindsNothing(Entry.make(core.frames() + 1, MAY_WRITE));
    }

    /** A shared mapping has no page for itself. */
    @Test
    void aWriteOfASharedMapping() {
        assertFindsNothing(Entry.make(page(SHARED, RW), MAY_WRITE));
    }
}
