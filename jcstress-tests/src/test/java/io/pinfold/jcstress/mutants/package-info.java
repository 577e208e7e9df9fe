/** The mutants' own tests, and the child JVM that runs unit tests on mutants. */
@NullMarked
package io.pinfold.jcstress.mutants;

import org.jspecify.annotations.NullMarked;
