/** Every access of the shipping protocols one mode weaker, one at a time: which scenario notices? */
@NullMarked
package io.pinfold.jcstress.explore.weaken;

import org.jspecify.annotations.NullMarked;
