/** Tests of the code that the walk is compared with. */
@NullMarked
package io.pinfold.jmh.baseline;

import org.jspecify.annotations.NullMarked;
