package io.pinfold.core.pagemap;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.epoch.LiveRef;
import io.pinfold.core.words.Align;

/**
 * The control block of a pagemap: what walkers and puts find through the registry. Type-stable: a block is used again
 * for another pagemap, never for something else, and is never unmapped while anything refers to the memory.
 *
 * <pre>
 * off   size  field
 *   0    8    id of the pagemap; never used twice within a memory
 *   8    8    ordinal of the {@link DevPagemapType}
 * 128    8    users: puts of its pages and callbacks under way
 * 136    8    due list: frame added last, 0 for none
 * 256 2304    {@link LiveRef}
 * </pre>
 *
 * <p>The first line is read at look-ups and written once; the second is written at every put of a page of it; so they
 * lie apart from each other and from the reference.
 */
final class PagemapLayout {
    static final int ID = 0;
    static final int TYPE = 8;
    static final int USERS = Align.NO_SHARING_BYTES;
    static final int DUE = USERS + Long.BYTES;
    static final int REF = 2 * Align.NO_SHARING_BYTES;
    static final int BYTES = REF + LiveRef.BYTES;

    private PagemapLayout() {
    }
}
