/** What scenarios need to reach parts that the product's package keeps to itself. */
@NullMarked
package io.pinfold.core.memory;

import org.jspecify.annotations.NullMarked;
