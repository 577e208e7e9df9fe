package io.pinfold.jcstress.explore.search;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run that followed a schedule.
 *
 * @param strands names of the strands
 * @param before the page before the first step
 * @param violation the violation, or null
 */
public record Replay(List<String> strands, String before, List<TraceStep> steps, @Nullable String violation,
        @Nullable Throwable cause, Schedule schedule, WordNames words) {
}
