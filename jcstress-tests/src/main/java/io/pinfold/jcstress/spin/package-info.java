/** Runs the Spin models of {@code src/main/spin}: the protocols in the language of a model checker. */
@NullMarked
package io.pinfold.jcstress.spin;

import org.jspecify.annotations.NullMarked;
