package io.pinfold.core.mm.space;

import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of addresses that is mapped in one way (vm_area_struct). Immutable but for its origin: split, merge and
 * mprotect put new ones in its place. Made with mmap_lock held exclusively; valid only while it is held.
 *
 * <p><b>Origin</b> (anon_vma): where private pages of the mapping began. It has none until its first fault that may
 * bring a page of its own. Parts and joined mappings keep it, and mappings of two origins do not join.
 */
public final class Vma {
    static final int VM_READ = 0x1;
    static final int VM_WRITE = 0x2;
    static final int VM_EXEC = 0x4;
    static final int VM_SHARED = 0x8;
    static final int VM_MAYREAD = 0x10;
    static final int VM_MAYWRITE = 0x20;
    static final int VM_MAYEXEC = 0x40;
    static final int VM_MAYSHARE = 0x80;
    public static final int VM_HUGEPAGE = 0x2000_0000;
    public static final int VM_NOHUGEPAGE = 0x4000_0000;
    private static final int VM_ACCESS = VM_READ | VM_WRITE | VM_EXEC;
    private static final int VM_MAY_ALL = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
    private static final long NO_ORIGIN = 0;

    private final Mm mm;
    private final long start;
    private final long end;
    private final int flags;
    private final VmaOperations operations;
    private final @Nullable VmaObject object;
    private final long pageOffset;
    /** The origin that the first fault gives, if it happens in this one. */
    private final long number;
    /** Written with mmap_lock held shared; of two first faults at a time the last one stays. */
    private volatile long origin;

    /** A new mapping, which has no pages yet. */
    public Vma(Mm mm, long start, long end, int flags, VmaOperations operations, @Nullable VmaObject object,
            long pageOffset) {
        this(mm, start, end, flags, operations, object, pageOffset, NO_ORIGIN);
    }

    private Vma(Mm mm, long start, long end, int flags, VmaOperations operations,
            @Nullable VmaObject object, long pageOffset, long origin) {
        this.number = mm.nextVmaNumber();
        this.origin = origin;
        this.mm = mm;
        this.start = start;
        this.end = end;
        this.flags = flags;
        this.operations = operations;
        this.object = object;
        this.pageOffset = pageOffset;
    }

    /** The VM_ bits of protection {@code prot}, which has the same low bits. */
    public static int flagsOf(int prot, boolean isShared) {
        return prot | VM_MAY_ALL | (isShared ? VM_SHARED | VM_MAYSHARE : 0);
    }

    public Mm mm() {
        return mm;
    }

    /** First address. */
    public long start() {
        return start;
    }

    /** First address behind. */
    public long end() {
        return end;
    }

    public VmaOperations operations() {
        return operations;
    }

    /** The object that is mapped; null for private anonymous memory. */
    public @Nullable VmaObject object() {
        return object;
    }

    /** Page of the object that {@code start} maps; for anonymous memory the page number of {@code start}. */
    public long pageOffset() {
        return pageOffset;
    }

    /** Page of the object that {@code address} maps. */
    public long pageIndex(long address) {
        return pageOffset + ((address - start) >>> Geometry.PAGE_SHIFT);
    }

    public boolean contains(long address) {
        return address >= start && address < end;
    }

    public boolean isReadable() {
        return (flags & VM_READ) != 0;
    }

    public boolean isWritable() {
        return (flags & VM_WRITE) != 0;
    }

    /** Any of READ, WRITE, EXEC (vma_is_accessible). */
    public boolean isAccessible() {
        return (flags & VM_ACCESS) != 0;
    }

    public boolean isShared() {
        return (flags & VM_SHARED) != 0;
    }

    /** Whether READ may be given by mprotect; FOLL_FORCE tests it. */
    public boolean mayRead() {
        return (flags & VM_MAYREAD) != 0;
    }

    public boolean mayWrite() {
        return (flags & VM_MAYWRITE) != 0;
    }

    /** Stores go to private copies (is_cow_mapping). */
    public boolean isCow() {
        return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
    }

    /** Maps reserved huge pages, by leaves only (is_vm_hugetlb_page). */
    public boolean isHugetlb() {
        return pageLevel() > Geometry.PTE;
    }

    /**
     * Level of what maps a page at least: PTE, but for reserved huge pages. The VMA's bounds are multiples of what that
     * maps.
     */
    public int pageLevel() {
        return object == null ? Geometry.PTE : object.pageLevel();
    }

    /** Private memory without an object (vma_is_anonymous). */
    public boolean isAnonymous() {
        return operations.isAnonymous();
    }

    /** Whether it maps a file on a DAX file system (vma_is_fsdax). */
    public boolean isFsDax() {
        return object != null && object.isFsDax();
    }

    /** Whether a core dump leaves out {@code address}, which no entry maps, because nothing is there. */
    public boolean isHoleAt(long address) {
        return object == null ? isAnonymous() : object.isHoleAt(this, address);
    }

    /** Whether advice and {@code policy} together permit huge leaves. */
    public boolean permitsLeaves(ThpPolicy policy) {
        return policy.permits((flags & VM_HUGEPAGE) != 0, (flags & VM_NOHUGEPAGE) != 0);
    }

    /** Whether the protection permits a {@code Cpu} access; on x86 a mapping that may be written may be read. */
    public boolean permits(boolean write) {
        return write ? isWritable() : isAccessible();
    }

    /**
     * Permission bits of a new entry (vm_page_prot). A private mapping never has WRITE here: others may have the page,
     * and only a fault that has excluded that adds the bit.
     */
    public long entryBits() {
        if (!isAccessible()) {
            return Entry.PROTNONE;
        }
        long bits = Entry.PRESENT | Entry.USER;
        if ((flags & VM_EXEC) == 0) {
            bits |= Entry.NO_EXEC;
        }
        return isShared() && isWritable() ? bits | Entry.WRITE : bits;
    }

    /**
     * The bits that a write fault adds for a page that belongs to this mapping alone. With FOLL_FORCE the entry stays
     * read-only.
     */
    public long writeBits() {
        return isWritable() ? Entry.ACCESSED | Entry.DIRTY | Entry.WRITE : Entry.ACCESSED | Entry.DIRTY;
    }

    public int flags() {
        return flags;
    }

    /** Its flags with the protection {@code prot}. */
    public int flagsWith(int prot) {
        return flags & ~VM_ACCESS | prot;
    }

    public Vma part(long from, long to) {
        return new Vma(mm, from, to, flags, operations, object, pageIndex(from), origin);
    }

    public Vma withFlags(int other) {
        return new Vma(mm, start, end, other, operations, object, pageOffset, origin);
    }

    /**
     * Gives the mapping an origin if it has none (anon_vma_prepare): that of a neighbour from which it differs in
     * nothing but permissions, else one of its own. Comes before the first page that belongs to the mapping alone;
     * mmap_lock is held, shared is enough.
     */
    public void prepareOwnPages() {
        if (origin == NO_ORIGIN) {
            VmaMap vmas = mm.vmas();
            int index = vmas.firstEndingBehind(start);
            long found = index + 1 < vmas.size() ? originFor(this, vmas.get(index + 1), vmas.get(index + 1))
                    : NO_ORIGIN;
            if (found == NO_ORIGIN && index > 0) {
                found = originFor(vmas.get(index - 1), this, vmas.get(index - 1));
            }
            origin = found != NO_ORIGIN ? found : number;
        }
    }

    private static long originFor(Vma left, Vma right, Vma neighbour) {
        return left.isContinuedBy(right, VM_ACCESS) ? neighbour.origin : NO_ORIGIN;
    }

    /** Whether all of the area that the entry of {@code address} at {@code level} covers lies inside. */
    public boolean containsArea(long address, int level) {
        return Geometry.floor(address, level) >= start && Geometry.nextEntry(address, level) <= end;
    }

    /**
     * Whether {@code next} continues this one in every respect, so that the two can be joined. Mappings of hugetlb
     * never are.
     */
    public boolean continuesIn(Vma next) {
        boolean isOneOrigin = origin == NO_ORIGIN || next.origin == NO_ORIGIN || origin == next.origin;
        return isOneOrigin && !isHugetlb() && isContinuedBy(next, 0);
    }

    @SuppressWarnings("ReferenceEquality") // the very same operations and object, not equal ones
    private boolean isContinuedBy(Vma next, int ignoredFlags) {
        return end == next.start && ((flags ^ next.flags) & ~ignoredFlags) == 0 && operations == next.operations
                && object == next.object && pageIndex(end) == next.pageOffset;
    }

    public Vma joinedWith(Vma next) {
        long kept = origin != NO_ORIGIN ? origin : next.origin;
        return new Vma(mm, start, next.end, flags, operations, object, pageOffset, kept);
    }

    @Override
    public String toString() {
        return "vma 0x" + Long.toHexString(start) + "-0x" + Long.toHexString(end) + ' ' + (isReadable() ? 'r' : '-')
                + (isWritable() ? 'w' : '-') + ((flags & VM_EXEC) != 0 ? 'x' : '-') + (isShared() ? 's' : 'p')
                + (object == null ? " anonymous" : " of " + object) + " of address space " + mm.id();
    }
}
