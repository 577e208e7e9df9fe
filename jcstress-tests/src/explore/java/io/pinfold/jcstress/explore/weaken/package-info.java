/** Lowers every access of the shipping protocols by one mode, one at a time, and finds which scenario notices. */
@NullMarked
package io.pinfold.jcstress.explore.weaken;

import org.jspecify.annotations.NullMarked;
