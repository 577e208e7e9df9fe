/** Small programs with known answers: the outcomes that each memory model may show. */
@NullMarked
package io.pinfold.jcstress.explore.litmus;

import org.jspecify.annotations.NullMarked;
