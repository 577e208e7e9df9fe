/** Small programs with known answers: what each memory model may show. */
@NullMarked
package io.pinfold.jcstress.explore.litmus;

import org.jspecify.annotations.NullMarked;
