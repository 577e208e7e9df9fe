package io.pinfold.core.mm.unmap;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaMap;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.List;

/**
 * The change of the flags of a part of a VMA (vma_modify). mmap_lock is held exclusively.
 *
 * <p>A part that continues a neighbour afterwards is joined to it: the boundary between them moves, and no mapping is
 * added. Only what joins nothing is cut out. Afterwards no leaf reaches over a boundary that is new: it was split, or
 * taken out if it cannot be.
 */
public final class VmaChange {
    private VmaChange() {
    }

    /**
     * Gives {@code [from, to)} the flags {@code flags}, which differ from those that it has.
     *
     * @param old the VMA that contains it
     * @return 0; or -ENOMEM if that makes too many mappings, -EINVAL if an end is inside a reserved huge page:
     *         then no flag has changed, but as in Linux a mapping may begin at {@code from} that continues the one
     *         before
     */
    public static int flags(Mm mm, Vma old, long from, long to, int flags) {
        VmaMap vmas = mm.vmas();
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
        if (behind - first == 1) {
            return cutOut(mm, old, changed);
        }
        vmas.replace(first, behind, pieces(old, from, to, changed));
        if (from > old.start()) {
            LeafSplit.atBoundary(mm, from);
        }
        if (to < old.end()) {
            LeafSplit.atBoundary(mm, to);
        }
        return 0;
    }

    private static int cutOut(Mm mm, Vma old, Vma changed) {
        int refused = cut(mm, old, changed.start());
        if (refused == 0) {
            refused = cut(mm, old, changed.end());
        }
        if (refused == 0) {
            int index = mm.vmas().firstEndingBehind(changed.start());
            mm.vmas().replace(index, index + 1, changed);
        }
        return refused;
    }

    /** Makes a VMA begin at {@code at}; returns 0, or the errno of what prevents it. */
    private static int cut(Mm mm, Vma old, long at) {
        if (at == old.start() || at == old.end()) {
            return 0;
        }
        if (mm.vmas().size() >= VmaMap.MAX) {
            return -Errno.ENOMEM;
        }
        if ((at & Geometry.levelBytes(old.pageLevel()) - 1) != 0) {
            return -Errno.EINVAL;
        }
        splitAt(mm, at);
        return 0;
    }

    /** Makes a VMA begin at {@code address} if one contains it, and no leaf reach over it. */
    public static void splitAt(Mm mm, long address) {
        mm.vmas().splitAt(address);
        LeafSplit.atBoundary(mm, address);
    }

    /** The VMAs that take the place of {@code old} and of the neighbours that {@code changed} has joined. */
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
}
