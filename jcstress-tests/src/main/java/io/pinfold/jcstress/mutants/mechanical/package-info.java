/**
 * Mechanical mutants: what PIT changed in a class, what came of each change, and which survivors have a reason.
 *
 * <p>These classes decide what is tried, and judge what came of it; {@code PitJvm} in the package above starts PIT.
 * Threading: one thread.
 */
@NullMarked
package io.pinfold.jcstress.mutants.mechanical;

import org.jspecify.annotations.NullMarked;
