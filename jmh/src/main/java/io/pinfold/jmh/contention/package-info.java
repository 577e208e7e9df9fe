/** Measurements of a fast call while another thread makes the same calls. */
@NullMarked
package io.pinfold.jmh.contention;

import org.jspecify.annotations.NullMarked;
