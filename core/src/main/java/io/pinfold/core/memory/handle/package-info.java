/**
 * Frames held by handle: taking one, giving it back, what is held so, and the counts that show when a release certainly
 * belongs to no hold.
 */
@NullMarked
package io.pinfold.core.memory.handle;

import org.jspecify.annotations.NullMarked;
