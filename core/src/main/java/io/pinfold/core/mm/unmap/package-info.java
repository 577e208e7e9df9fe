/**
 * The removal and change of entries: zap, gather, the split of a leaf, protection, and the change of VMAs that comes
 * with it. An entry is taken out, the flush ends the accesses that may have read it, and then its reference is dropped.
 */
@NullMarked
package io.pinfold.core.mm.unmap;

import org.jspecify.annotations.NullMarked;
