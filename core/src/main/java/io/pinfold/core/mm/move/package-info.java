/**
 * What happens to a page against the will of its mapping: memory failure. The rooms below only map and unmap.
 */
@NullMarked
package io.pinfold.core.mm.move;

import org.jspecify.annotations.NullMarked;
