/**
 * Race tests of the protocols that let a page be pinned without a lock, and the gate that runs them.
 *
 * <p>One class is one race. Its nested classes are the protocol in ten lines ({@code Model}), the same with one defence
 * weakened ({@code Broken...}), which has to fail or the harness sees nothing, and the shipping code ({@code Real...}).
 * {@link io.pinfold.jcstress.RacesCommand} runs them all and says which of these expectations was not met; its last
 * print stands in {@code jcstress-tests/evidence/race-gate.md}. One race alone: {@code ./pinfold races PinVsUnmap}, or
 * in jcstress itself {@code java -jar jcstress.jar -t PinVsUnmap -v -strideSize 2 -strideCount 512}.
 */
@NullMarked
package io.pinfold.jcstress;

import org.jspecify.annotations.NullMarked;
