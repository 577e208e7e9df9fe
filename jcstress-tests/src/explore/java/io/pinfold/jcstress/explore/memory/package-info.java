/** The memory models: the values that a load may return, and when a store is seen. */
@NullMarked
package io.pinfold.jcstress.explore.memory;

import org.jspecify.annotations.NullMarked;
