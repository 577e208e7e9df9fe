/** The search: strands, the gate at which they post their accesses, the scheduler, pruning, replay. */
@NullMarked
package io.pinfold.jcstress.explore.search;

import org.jspecify.annotations.NullMarked;
