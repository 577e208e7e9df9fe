/**
 * {@code ./pinfold bench}: the rows of the performance table, each group of rows in a JVM of its own, against C and
 * against what a JVM offers instead; as a table, as JSON and as a page with charts.
 */
@NullMarked
package io.pinfold.jmh.bench;

import org.jspecify.annotations.NullMarked;
