/** What many measurements come to: medians, quartiles, tails. */
@NullMarked
package io.pinfold.hwmodel.stats;

import org.jspecify.annotations.NullMarked;
