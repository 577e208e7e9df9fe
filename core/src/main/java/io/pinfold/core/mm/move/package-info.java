/**
 * Changes of a page that do not come from its mapping: memory failure. The packages below only map and unmap.
 */
@NullMarked
package io.pinfold.core.mm.move;

import org.jspecify.annotations.NullMarked;
