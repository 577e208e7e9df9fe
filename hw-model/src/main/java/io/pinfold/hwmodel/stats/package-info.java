/** Summaries of many measurements: medians, quartiles, tails. */
@NullMarked
package io.pinfold.hwmodel.stats;

import org.jspecify.annotations.NullMarked;
