/**
 * Shared anonymous memory (shmem): the index from page to frame, and the mappings of it.
 */
@NullMarked
package io.pinfold.core.mm.shared;

import org.jspecify.annotations.NullMarked;
