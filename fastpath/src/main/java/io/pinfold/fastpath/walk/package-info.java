/**
 * The walk without a lock, {@link io.pinfold.fastpath.walk.FastWalk} and the steps below it, and the calls that begin
 * it and end it, {@link io.pinfold.fastpath.walk.FastCalls}. Not exported.
 */
@NullMarked
package io.pinfold.fastpath.walk;

import org.jspecify.annotations.NullMarked;
