package io.pinfold.core.mm;

import static io.pinfold.core.internal.AuditClause.SPACE10;
import static io.pinfold.core.internal.AuditClause.SPACE11;
import static io.pinfold.core.internal.AuditClause.SPACE12;
import static io.pinfold.core.internal.AuditClause.SPACE8;
import static io.pinfold.core.internal.AuditClause.SPACE9;

import io.pinfold.core.internal.AuditReport;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;

/**
 * The part of the audit of a space that compares entries with mappings: an entry lies in one, and permits no more than
 * it. mmap_lock is held.
 */
final class MappingAudit {
    private final Mm mm;
    private final MemoryCore memory;
    private final AuditReport report;

    MappingAudit(Mm mm, AuditReport report) {
        this.mm = mm;
        this.memory = mm.memory();
        this.report = report;
    }

    /** Checks an entry that is neither none nor a table. */
    void check(long entry, int level, long address, long table) {
        Vma vma = mm.vmas().find(address);
        if (vma == null) {
            report.found(SPACE8, table, at(entry, address));
            return;
        }
        boolean isInside = vma.start() <= address && address + Geometry.levelBytes(level) <= vma.end();
        report.expect(SPACE9, isInside || vma.isHugetlb(), table, at(entry, address) + " in " + vma);
        boolean mayWrite = Entry.isPresent(entry)
                ? Entry.accessPermitted(entry, true)
                : NonPresent.withoutWrite(entry, false) != entry;
        report.expect(SPACE10, !mayWrite || vma.isWritable(), table, at(entry, address) + " in " + vma);
        report.expect(SPACE11, !Entry.accessPermitted(entry, false) || vma.isAccessible(), table,
                at(entry, address) + " in " + vma);
        if (Entry.accessPermitted(entry, true) && !vma.isShared() && !Entry.isDevmap(entry)) {
            report.expect(SPACE12, isExclusive(entry), table, at(entry, address) + " in " + vma);
        }
    }

    /** Frames that users have not, and those of devices, are for other clauses. */
    private boolean isExclusive(long entry) {
        long pfn = Entry.pfn(entry);
        if (Entry.isSpecial(entry)) {
            return false; // the zero page
        }
        if (pfn >= memory.frames() || PageType.of(memory.recordAddress(pfn)) != PageType.USER) {
            return true;
        }
        return UserPages.isAnonymous(memory, pfn)
                && PageFlags.test(memory.recordAddress(pfn), PageFlags.ANON_EXCLUSIVE);
    }

    private static String at(long entry, long address) {
        return Entry.describe(entry) + " at 0x" + Long.toHexString(address);
    }
}
