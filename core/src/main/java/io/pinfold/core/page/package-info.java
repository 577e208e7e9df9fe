/**
 * The page record (64 bytes per frame) and the reference primitives over it.
 *
 * <p>Vocabulary: a <em>frame</em> is 4096 bytes of physical memory; its number is the <em>pfn</em>; the <em>record</em>
 * holds what is known about it, at {@code recordBase + pfn * 64}. A <em>folio</em> is a head frame seen as the owner of
 * its tails. Everything here is static and works on record addresses, which the caller derived from a range-checked
 * pfn. The last word of a method's name is the access mode where it matters.
 *
 * <p>For walkers and address spaces: an address does not show whether the memory is still open, so the caller is inside
 * a walker slot, has a batch that is being filled or released, or holds a {@link io.pinfold.core.memory.frame.Use}.
 * Users call {@link io.pinfold.core.memory.PhysicalMemory#page}.
 */
@NullMarked
package io.pinfold.core.page;

import org.jspecify.annotations.NullMarked;
