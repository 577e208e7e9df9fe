/**
 * Frames held by handle: taking one inside a walker slot, giving it back, and the counts that show when a release
 * certainly belongs to no hold.
 */
@NullMarked
package io.pinfold.core.memory.handle;

import org.jspecify.annotations.NullMarked;
