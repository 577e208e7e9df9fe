/**
 * The {@code FOLL_} bits, those that callers may pass and those that the library sets, as all other packages use them.
 * What users see of them is {@code GupOptions}, and {@code io.pinfold.core.kernel.FollFlags}.
 */
@NullMarked
package io.pinfold.core.foll;

import org.jspecify.annotations.NullMarked;
