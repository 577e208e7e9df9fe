/**
 * Native memory, waiting and coarse locks: the three things that tests replace by other classes of the same names.
 *
 * <p>{@link io.pinfold.core.words.Words} holds every access to native memory, with the access mode as the last word of
 * the method's name. {@link io.pinfold.core.words.Waits} holds every wait. {@link io.pinfold.core.words.Mutex} and
 * {@link io.pinfold.core.words.SharedMutex} are the only locks. {@link io.pinfold.core.words.NativeAccess} holds the
 * system calls. All are safe for any thread.
 */
@NullMarked
package io.pinfold.core.words;

import org.jspecify.annotations.NullMarked;
