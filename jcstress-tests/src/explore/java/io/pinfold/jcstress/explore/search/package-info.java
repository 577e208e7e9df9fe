/** The search: strands, the gate they post their accesses at, the scheduler, pruning, replay. */
@NullMarked
package io.pinfold.jcstress.explore.search;

import org.jspecify.annotations.NullMarked;
