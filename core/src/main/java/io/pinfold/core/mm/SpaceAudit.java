package io.pinfold.core.mm;

import static io.pinfold.core.internal.AuditClause.SPACE1;
import static io.pinfold.core.internal.AuditClause.SPACE2;
import static io.pinfold.core.internal.AuditClause.SPACE3;
import static io.pinfold.core.internal.AuditClause.SPACE4;
import static io.pinfold.core.internal.AuditClause.SPACE5;
import static io.pinfold.core.internal.AuditClause.SPACE6;
import static io.pinfold.core.internal.AuditClause.SPACE7;

import io.pinfold.core.internal.AuditReport;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryAudit.Finding;
import io.pinfold.core.memory.MemoryAudit.Kind;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.HugePages;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pgtable.Deposits;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Checks that page tables, page records and mappings say the same: what {@code MemoryAudit}, which knows no entries,
 * cannot see.
 * For tests and tools. The spaces are quiescent.
 */
public final class SpaceAudit {
    private final List<Finding> findings = new ArrayList<>();
    private final AuditReport report = AuditReport.into(findings, Kind.class, Finding::new);
    /** By frame: PTEs that map it. */
    private final Map<Long, Integer> pages = new HashMap<>();
    /** By first frame: leaves that map the folio as a whole. */
    private final Map<Long, Integer> folios = new HashMap<>();
    private final MemoryCore memory;

    private SpaceAudit(MemoryCore memory) {
        this.memory = memory;
    }

    /**
     * Counts live entries, deposited tables and mappings, and compares them with the records.
     *
     * @param memory the memory of the spaces
     * @param spaces every open space of it; a page that another one maps is a finding
     * @return what does not fit; empty if all does
     */
    public static List<Finding> check(PhysicalMemory memory, List<AddressSpace> spaces) {
        SpaceAudit audit = new SpaceAudit(Bridge.core(memory));
        for (AddressSpace space : Objects.requireNonNull(spaces, "spaces")) {
            try (MmapGuard guard = space.readLock()) {
                Mm mm = guard.space().mm();
                audit.table(mm.root(), Geometry.ROOT, 0, new MappingAudit(mm, audit.report));
            }
        }
        MemoryAudit.forEachAllocated(memory, audit::page);
        audit.pages.keySet().forEach(pfn -> audit.mapped(memory, pfn));
        audit.folios.keySet().forEach(pfn -> audit.mapped(memory, pfn));
        return audit.findings;
    }

    private void table(long table, int level, long start, MappingAudit mappings) {
        int live = 0;
        int deposits = 0;
        long base = memory.frameAddress(table);
        for (int i = 0; i < Geometry.ENTRIES; i++) {
            long entry = Entries.load(base + ((long) i << Geometry.ENTRY_SHIFT));
            live += entry == Entry.NONE ? 0 : 1;
            deposits += level > Geometry.PTE && Entry.isDeposited(entry) ? 1 : 0;
            entry(entry, level, table, start + i * Geometry.levelBytes(level), mappings);
        }
        if (live != PageTables.liveEntries(memory, table)) {
            report.found(SPACE1, table, live + " live entries, the record says "
                    + PageTables.liveEntries(memory, table));
        }
        if (deposits != Deposits.count(memory, table)) {
            report.found(SPACE2, table, deposits + " leaves with a deposit, " + Deposits.count(memory, table)
                    + " deposited tables");
        }
    }

    private void entry(long entry, int level, long table, long address, MappingAudit mappings) {
        if (level > Geometry.PTE && Entry.isTable(entry)) {
            table(Entry.pfn(entry), level - 1, address, mappings);
            return;
        }
        if (entry != Entry.NONE && NonPresent.kind(entry) != NonPresent.HUGEPD) {
            mappings.check(entry, level, address, table);
        }
        if (level > Geometry.PTE && Entry.isInvalidated(entry)) {
            report.found(SPACE3, table, Entry.describe(entry));
        } else if (level > Geometry.PTE && HugePages.isCounted(memory, entry)) {
            folios.merge(Entry.pfn(entry), 1, Integer::sum);
        } else if (level == Geometry.PTE && Entry.isPresent(entry) && !Entry.isSpecial(entry)) {
            pages.merge(Entry.pfn(entry), 1, Integer::sum);
        }
    }

    private void page(PageInfo page) {
        if (page.type() != PageType.USER) {
            return;
        }
        int ptes = pages.getOrDefault(page.pfn(), 0);
        int leaves = folios.getOrDefault(page.pfn(), 0);
        if (page.mapCount() != ptes) {
            report.found(SPACE4, page.pfn(), ptes + " PTEs map " + page);
        }
        if (page.entireMapCount() != leaves) {
            report.found(SPACE5, page.pfn(), leaves + " leaves map " + page);
        }
    }

    private void mapped(PhysicalMemory physical, long pfn) {
        if (report.expect(SPACE6, pfn < physical.frames(), pfn, physical)) {
            PageInfo page = physical.page(pfn);
            report.expect(SPACE7, page.type() == PageType.USER || page.type() == PageType.DEVICE, pfn, page);
        }
    }
}
