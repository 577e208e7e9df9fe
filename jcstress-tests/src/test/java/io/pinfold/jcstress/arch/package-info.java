/**
 * The rules of the house that a compiler does not know: who may use whom, and who may touch memory, wait or lock.
 *
 * <p>Every rule is also applied to a class in {@code planted} that breaks it, so a rule that cannot fail is noticed.
 */
@NullMarked
package io.pinfold.jcstress.arch;

import org.jspecify.annotations.NullMarked;
