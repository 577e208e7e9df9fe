/** Access of scenarios to package-private parts of the product. */
@NullMarked
package io.pinfold.core.memory;

import org.jspecify.annotations.NullMarked;
