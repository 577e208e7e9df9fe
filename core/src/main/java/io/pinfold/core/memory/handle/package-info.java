/**
 * Frames held by handle: taking one inside a walker slot, giving it back, and the counts that tell what is certainly
 * nobody's.
 */
@NullMarked
package io.pinfold.core.memory.handle;

import org.jspecify.annotations.NullMarked;
