/** Tests of the pools that are compared. */
@NullMarked
package io.pinfold.jmh.pool;

import org.jspecify.annotations.NullMarked;
