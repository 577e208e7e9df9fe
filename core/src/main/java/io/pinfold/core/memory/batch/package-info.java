/**
 * The pages behind a batch: lists and extents that calls fill, their control blocks, and the release of all or of a
 * part.
 */
@NullMarked
package io.pinfold.core.memory.batch;

import org.jspecify.annotations.NullMarked;
