/** One scenario per protocol: shipping code on both sides, and the forbidden outcomes. */
@NullMarked
package io.pinfold.jcstress.explore.scenario;

import org.jspecify.annotations.NullMarked;
