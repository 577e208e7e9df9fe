/** Measurements of a fast call by page, from one page to 512. */
@NullMarked
package io.pinfold.jmh.walk;

import org.jspecify.annotations.NullMarked;
