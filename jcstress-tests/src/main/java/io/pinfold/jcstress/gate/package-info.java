/** The race gate: it finds the tests, runs them, and decides whether their results are evidence. */
@NullMarked
package io.pinfold.jcstress.gate;

import org.jspecify.annotations.NullMarked;
