/** One scenario per protocol: shipping code on both sides, and what must never come of it. */
@NullMarked
package io.pinfold.jcstress.explore.scenario;

import org.jspecify.annotations.NullMarked;
