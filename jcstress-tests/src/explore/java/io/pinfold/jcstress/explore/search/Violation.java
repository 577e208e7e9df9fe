package io.pinfold.jcstress.explore.search;

import org.jspecify.annotations.Nullable;

/**
 * What must not have happened.
 *
 * @param message what it is
 * @param cause what was thrown, if anything
 * @param schedule the line that replays it
 */
public record Violation(String message, @Nullable Throwable cause, Schedule schedule) {
}
