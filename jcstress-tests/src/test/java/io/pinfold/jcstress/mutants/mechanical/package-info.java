/** Tests of the mechanical mutants, and what PIT loads of ours. */
@NullMarked
package io.pinfold.jcstress.mutants.mechanical;

import org.jspecify.annotations.NullMarked;
