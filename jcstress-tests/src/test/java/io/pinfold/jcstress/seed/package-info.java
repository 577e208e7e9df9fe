/**
 * The bugs of the seed series, re-created in a small model of its walk, each found by the check that is named for it.
 */
@NullMarked
package io.pinfold.jcstress.seed;

import org.jspecify.annotations.NullMarked;
