/**
 * Measurements of how fast a page is pinned, and what that is compared with. {@link io.pinfold.jmh.RatioHarness} gives
 * ratios that repeat on a shared machine; the JMH benchmarks, one package per question, give times.
 */
@NullMarked
package io.pinfold.jmh;

import org.jspecify.annotations.NullMarked;
