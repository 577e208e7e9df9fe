/**
 * Mutants: the shipping code with one defence taken away, and which checker notices.
 *
 * <p>A {@link io.pinfold.jcstress.mutants.Mutant} is data. It is planted in a copy of the source, compiled alone, and
 * put in front of the class path of child JVMs that run the checkers; product code has no switch for it. Threading: one
 * job owns one mutant.
 */
@NullMarked
package io.pinfold.jcstress.mutants;

import org.jspecify.annotations.NullMarked;
