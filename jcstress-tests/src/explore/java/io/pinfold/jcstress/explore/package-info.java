/** The interleaving explorer: every schedule, and every value a weak memory may return, under the shipping protocols. */
@NullMarked
package io.pinfold.jcstress.explore;

import org.jspecify.annotations.NullMarked;
