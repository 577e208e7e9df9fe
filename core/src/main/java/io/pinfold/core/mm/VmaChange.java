package io.pinfold.core.mm;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives a part of a VMA other flags (vma_modify). mmap_lock is held exclusively.
 *
 * <p>A part that continues a neighbour then goes to it: the boundary between them moves, and no mapping is added. Only what joins
 * nothing is cut out. Afterwards no leaf reaches over a boundary that is new: it was split, or taken out if it cannot be.
 */
final class VmaChange {
    private VmaChange() {
    }

    /**
     * Gives {@code [from, to)} the flags {@code flags}, which differ from those that it has.
     *
     * @param old the VMA that contains it
     * @return 0; or, and nothing has changed, -ENOMEM if that makes too many mappings, -EINVAL if an end is inside a reserved huge page
     */
    static int flags(AddressSpace space, Vma old, long from, long to, int flags) {
        VmaMap vmas = space.vmas();
        int first = vmas.firstEndingBehind(from);
        int behind = first + 1;
        Vma changed = old.part(from, to).withFlags(flags);
        if (from == old.start() && first > 0 && vmas.get(first - 1).continuesIn(changed)) {
            first--;
            changed = vmas.get(first).joinedWith(changed);
        }
        if (to == old.end() && behind < vmas.size() && changed.continuesIn(vmas.get(behind))) {
            changed = changed.joinedWith(vmas.get(behind));
            behind++;
        }
        int refused = behind - first > 1 ? 0 : refusal(old, from, to, vmas.size());
        if (refused == 0) {
            vmas.replace(first, behind, pieces(old, from, to, changed));
            splitLeaves(space, old, from, to);
        }
        return refused;
    }

    /** Why the part cannot be cut out of {@code old}; 0 if it can. The ends are looked at one after the other. */
    private static int refusal(Vma old, long from, long to, int size) {
        int mappings = size;
        for (long end : new long[]{from, to}) {
            if (end > old.start() && end < old.end()) {
                if (mappings++ >= VmaMap.MAX) {
                    return -Errno.ENOMEM;
                }
                if ((end & Geometry.levelBytes(old.pageLevel()) - 1) != 0) {
                    return -Errno.EINVAL;
                }
            }
        }
        return 0;
    }

    private static Vma[] pieces(Vma old, long from, long to, Vma changed) {
        List<Vma> pieces = new ArrayList<>();
        if (from > old.start()) {
            pieces.add(old.part(old.start(), from));
        }
        pieces.add(changed);
        if (to < old.end()) {
            pieces.add(old.part(to, old.end()));
        }
        return pieces.toArray(Vma[]::new);
    }

    private static void splitLeaves(AddressSpace space, Vma old, long from, long to) {
        if (from > old.start()) {
            LeafSplit.atBoundary(space, from);
        }
        if (to < old.end()) {
            LeafSplit.atBoundary(space, to);
        }
    }
}
