/**
 * The rules of the code base that a compiler does not check: which package may use which, and which class may access
 * native memory, wait or lock.
 *
 * <p>Every rule is also applied to a class in {@code planted} that breaks it, so a rule that cannot fail is noticed.
 */
@NullMarked
package io.pinfold.jcstress.arch;

import org.jspecify.annotations.NullMarked;
