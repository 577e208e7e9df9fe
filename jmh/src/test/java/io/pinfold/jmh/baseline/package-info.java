/** Tests of what the walk is compared with. */
@NullMarked
package io.pinfold.jmh.baseline;

import org.jspecify.annotations.NullMarked;
