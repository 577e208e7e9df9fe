package io.pinfold.core.mm.space;

import io.pinfold.core.pgtable.Geometry;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The VMAs of a space in address order, none overlapping. Guarded by mmap_lock: shared to read, exclusive to change.
 * Looking up allocates nothing.
 */
public final class VmaMap {
    /** Most VMAs that a split may lead to (sysctl vm.max_map_count); mmap may make one more, as in Linux. */
    public static final int MAX = 65_530;

    private Vma[] vmas = new Vma[16];
    private int size;

    public int size() {
        return size;
    }

    public Vma get(int index) {
        return vmas[index];
    }

    /** The VMA that contains {@code address}. */
    @Nullable
    public Vma find(long address) {
        int index = firstEndingBehind(address);
        return index < size && vmas[index].start() <= address ? vmas[index] : null;
    }

    /** Index of the first VMA whose end lies behind {@code address} (find_vma); {@link #size()} when there is none. */
    public int firstEndingBehind(long address) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (vmas[middle].end() > address) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    public boolean isFree(long start, long end) {
        int index = firstEndingBehind(start);
        return index == size || vmas[index].start() >= end;
    }

    /**
     * Highest free stretch of {@code bytes} below {@link Geometry#MMAP_BASE} that starts at a multiple of
     * {@code alignment}, a power of two; -1 when there is none.
     */
    public long findFree(long bytes, long alignment) {
        long top = Geometry.MMAP_BASE;
        for (int index = size - 1; index >= 0 && top - bytes >= Geometry.USER_START; index--) {
            Vma vma = vmas[index];
            if (vma.end() <= (top - bytes & -alignment)) {
                break;
            }
            top = Math.min(top, vma.start());
        }
        long start = top - bytes & -alignment;
        return start >= Geometry.USER_START ? start : -1;
    }

    public void insert(Vma vma) {
        int index = firstEndingBehind(vma.start());
        if (size == vmas.length) {
            vmas = Arrays.copyOf(vmas, 2 * size);
        }
        System.arraycopy(vmas, index, vmas, index + 1, size - index);
        vmas[index] = vma;
        size++;
        vma.operations().opened(vma);
    }

    /**
     * Takes the VMAs with index {@code from} to {@code to} - 1 out without closing them: the caller zaps them first.
     */
    public Vma[] takeRange(int from, int to) {
        Vma[] taken = Arrays.copyOfRange(vmas, from, to);
        System.arraycopy(vmas, to, vmas, from, size - to);
        Arrays.fill(vmas, size - taken.length, size, VmaMap.empty());
        size -= taken.length;
        return taken;
    }

    /**
     * Puts {@code next} in the place of the VMAs with index {@code from} to {@code to} - 1; all of them cover the same
     * addresses.
     */
    public void replace(int from, int to, Vma... next) {
        Vma[] old = Arrays.copyOfRange(vmas, from, to);
        int grown = size - old.length + next.length;
        if (grown > vmas.length) {
            vmas = Arrays.copyOf(vmas, 2 * grown);
        }
        System.arraycopy(vmas, to, vmas, from + next.length, size - to);
        System.arraycopy(next, 0, vmas, from, next.length);
        if (grown < size) {
            Arrays.fill(vmas, grown, size, VmaMap.empty());
        }
        size = grown;
        for (Vma vma : next) {
            vma.operations().opened(vma);
        }
        for (Vma vma : old) {
            vma.operations().closed(vma);
        }
    }

    /** Makes a VMA begin at {@code address} if one contains it. */
    public void splitAt(long address) {
        int index = firstEndingBehind(address);
        if (index < size && vmas[index].start() < address) {
            Vma whole = vmas[index];
            replace(index, index + 1, whole.part(whole.start(), address), whole.part(address, whole.end()));
        }
    }

    /** Joins what can be joined among the VMAs that touch {@code [start, end]}. */
    public void joinAround(long start, long end) {
        int index = Math.max(0, firstEndingBehind(start) - 1);
        while (index + 1 < size && vmas[index].start() <= end) {
            Vma left = vmas[index];
            Vma right = vmas[index + 1];
            if (left.continuesIn(right)) {
                replace(index, index + 2, left.joinedWith(right));
            } else {
                index++;
            }
        }
    }

    /** The value of an array slot behind {@code size}, which is never read. */
    @SuppressWarnings("NullAway")
    private static Vma empty() {
        return null;
    }
}
