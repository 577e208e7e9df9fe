/** Runs the Spin models of {@code src/main/spin}: the protocols once more, in a language made for nothing else. */
@NullMarked
package io.pinfold.jcstress.spin;

import org.jspecify.annotations.NullMarked;
