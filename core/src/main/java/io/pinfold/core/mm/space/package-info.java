/**
 * The ground of an address space: {@link io.pinfold.core.mm.space.Mm} with its lock and root, the VMAs and what a kind
 * of mapping does, pages on their way into and out of mappings, and the flush. Every other package of core.mm works on
 * it.
 */
@NullMarked
package io.pinfold.core.mm.space;

import org.jspecify.annotations.NullMarked;
