/**
 * The interleaving explorer, which runs the shipping protocols under every schedule and every value that a weak memory
 * may return.
 */
@NullMarked
package io.pinfold.jcstress.explore;

import org.jspecify.annotations.NullMarked;
