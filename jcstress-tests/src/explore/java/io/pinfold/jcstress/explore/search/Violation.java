package io.pinfold.jcstress.explore.search;

import org.jspecify.annotations.Nullable;

/**
 * A violation that a run has shown.
 *
 * @param message description
 * @param cause exception, or null
 * @param schedule the line that replays it
 */
public record Violation(String message, @Nullable Throwable cause, Schedule schedule) {
}
