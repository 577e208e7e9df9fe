/**
 * The lock-free half of get_user_pages: a session that keeps page tables alive while they are walked, the walk itself,
 * and closeable pins for callers that need memory segments instead of frame numbers.
 *
 * <p>Vocabulary: a <em>walk</em> reads page tables without a lock; a <em>grab</em> takes a get or a pin reference on a
 * page; a walk <em>stops</em> at the first page it cannot have, and the slow path continues from there (<em>fall
 * back</em>).
 *
 * <p>Threading: a session belongs to one thread at a time and may be handed over. A batch may be released by any
 * thread.
 */
@NullMarked
package io.pinfold.fastpath;

import org.jspecify.annotations.NullMarked;
