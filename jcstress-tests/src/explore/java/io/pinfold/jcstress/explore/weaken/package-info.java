/** Lowers every access of the shipping protocols by one mode, one at a time, and finds the scenario that detects it. */
@NullMarked
package io.pinfold.jcstress.explore.weaken;

import org.jspecify.annotations.NullMarked;
