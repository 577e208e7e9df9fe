/** How the gate learns which tests there are, what they observed, and whether that is good enough. */
@NullMarked
package io.pinfold.jcstress.gate;

import org.jspecify.annotations.NullMarked;
