/**
 * The yardstick: the same algorithm in C, compiled on this machine and called in this JVM, and what a JVM offers
 * instead.
 */
@NullMarked
package io.pinfold.jmh.baseline;

import org.jspecify.annotations.NullMarked;
