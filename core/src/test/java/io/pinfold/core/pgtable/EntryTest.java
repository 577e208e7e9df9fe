package io.pinfold.core.pgtable;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import org.junit.jupiter.api.Test;

class EntryTest {
    private static final long[] FRAMES = {0, 1, 0x2A5A5, (1L << 31) - 1, (1L << Entry.PFN_BITS) - 1};
    private static final long HIGH = 1L << 52 | 1L << 57;

    /** All combinations of the twelve low bits, of DEVMAP and NX, of some frames and of bits that mean nothing. */
    @Test
    void predicatesAgreeWithTheTableOfBitsForEveryCombination() {
        for (long frame : FRAMES) {
            for (long low = 0; low < 1 << 12; low++) {
                for (int high = 0; high < 8; high++) {
                    long entry = low | frame << 12 | (high & 1L) << 58 | (high >> 1 & 1L) << 63 | (high & 4) * HIGH / 4;
                    check(entry, frame, low);
                }
            }
        }
    }

    private static void check(long entry, long frame, long low) {
        boolean present = (low & 1) != 0;
        boolean write = (low & 2) != 0;
        boolean user = (low & 4) != 0;
        boolean huge = (low & 0x80) != 0;
        boolean protnone = !present && (low & 0x100) != 0;
        boolean devmap = (entry >>> 58 & 1) != 0;
        boolean right = Entry.pfn(entry) == frame && Entry.isNone(entry) == (entry == 0)
                && Entry.isProtnone(entry) == protnone && Entry.isPresent(entry) == (present || protnone)
                && Entry.isNonPresent(entry) == (entry != 0 && !present && !protnone)
                && Entry.isTable(entry) == (present && !huge) && Entry.isHuge(entry) == (huge && (present || protnone))
                && Entry.isSpecial(entry) == ((low & 0x200) != 0) && Entry.isDevmap(entry) == devmap
                && Entry.isWritable(entry) == write && Entry.isAccessed(entry) == ((low & 0x20) != 0)
                && Entry.isDirty(entry) == ((low & 0x40) != 0)
                && Entry.accessPermitted(entry, false) == (present && user)
                && Entry.accessPermitted(entry, true) == (present && user && write);
        assertThat(right).as("predicates of 0x%x", entry).isTrue();
    }

    @Test
    void bitsAreWhereX8664HasThem() {
        long[] bits = {Entry.PRESENT, Entry.WRITE, Entry.USER, Entry.ACCESSED, Entry.DIRTY, Entry.HUGE, Entry.PROTNONE,
                Entry.SPECIAL, Entry.UFFD_WP, Entry.SOFT_DIRTY, Entry.DEVMAP, Entry.NO_EXEC};
        int[] positions = {0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 58, 63};
        long seen = Entry.PFN_MASK | Entry.KEY_MASK;
        for (int i = 0; i < bits.length; i++) {
            assertThat(bits[i]).isEqualTo(1L << positions[i]);
            assertThat(seen & bits[i]).as("bit %d overlaps", positions[i]).isZero();
            seen |= bits[i];
        }
        assertThat(Entry.PFN_MASK & Entry.KEY_MASK).isZero();
        assertThat(Entry.PFN_MASK).isEqualTo(0x000F_FFFF_FFFF_F000L);
        assertThat(Entry.KEY_MASK).isEqualTo(0xFL << 59);
    }

    @Test
    void makeKeepsFrameAndBitsApart() {
        for (long frame : FRAMES) {
            long entry = Entry.make(frame, Entry.PRESENT | Entry.USER | Entry.NO_EXEC);
            assertThat(Entry.pfn(entry)).isEqualTo(frame);
            assertThat(entry & ~Entry.PFN_MASK).isEqualTo(Entry.PRESENT | Entry.USER | Entry.NO_EXEC);
            assertThat(Entry.isTable(Entry.makeTable(frame))).isTrue();
        }
    }

    @Test
    void newPermissionLeavesEverythingElse() {
        long kept = Entry.ACCESSED | Entry.DIRTY | Entry.SPECIAL | Entry.SOFT_DIRTY | Entry.DEVMAP;
        long old = Entry.make(77, Entry.PRESENT | Entry.USER | Entry.WRITE | kept);
        long none = Entry.withPermission(old, Entry.PROTNONE);
        assertThat(none).isEqualTo(Entry.make(77, kept | Entry.PROTNONE));
        assertThat(Entry.isProtnone(none)).isTrue();
        assertThat(Entry.withPermission(none, Entry.PRESENT | Entry.USER | Entry.WRITE)).isEqualTo(old);
    }

    @Test
    void poisonLooksMappedButNamesNoFrame() {
        assertThat(Entry.isPresent(Entry.POISON)).isTrue();
        assertThat(Entry.isTable(Entry.POISON)).isTrue();
        assertThat(Entry.accessPermitted(Entry.POISON, true)).isTrue();
        assertThat(Entry.pfn(Entry.POISON)).isEqualTo((1L << Entry.PFN_BITS) - 1);
    }

    @Test
    void descriptionsNameStateBitsAndFrame() {
        assertThat(Entry.describe(0)).isEqualTo("none");
        assertThat(Entry.describe(Entry.make(5, Entry.PRESENT | Entry.USER | Entry.WRITE | Entry.DIRTY)))
                .isEqualTo("present write user dirty pfn 5");
        assertThat(Entry.describe(Entry.make(6, Entry.PROTNONE | Entry.SPECIAL)))
                .isEqualTo("protnone special pfn 6");
        assertThat(Entry.describe(Entry.make(7, Entry.SOFT_DIRTY))).isEqualTo("non-present kind 0 pfn 7");
        assertThat(Entry.describe(Entry.invalidated(Entry.makeLeaf(8, Entry.PRESENT | Entry.USER))))
                .isEqualTo("invalidated user huge pfn 8");
    }

    @Test
    void eachKindOfEntryThatIsNotPresentHasTheNameOfItsConstant() throws IllegalAccessException {
        int kinds = 0;
        for (Field constant : NonPresent.class.getFields()) {
            assertThat(Entry.describe(NonPresent.make(constant.getInt(null), 7)))
                    .isEqualTo("non-present " + constant.getName() + " pfn 7");
            kinds++;
        }
        assertThat(kinds).isEqualTo(10);
    }
}
