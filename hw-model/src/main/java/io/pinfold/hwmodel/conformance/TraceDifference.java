package io.pinfold.hwmodel.conformance;

import java.util.ArrayList;
import java.util.List;

/**
 * A random trace on which kernel and library differ, minimised.
 *
 * @param seed    seed of the original trace
 * @param steps   the minimised trace, a line per step
 * @param kernel  what each step, and each check at the end, showed there
 * @param library the same for the library
 */
public record TraceDifference(long seed, List<String> steps, List<String> kernel, List<String> library) {

    /** Copies the lists. */
    public TraceDifference {
        steps = List.copyOf(steps);
        kernel = List.copyOf(kernel);
        library = List.copyOf(library);
    }

    /**
     * A line per step with its result. A result on which the sides agree appears once; a step that only one side
     * reached is left out.
     */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        int reached = Math.min(kernel.size(), library.size());
        for (int i = 0; i < reached; i++) {
            boolean isStep = i < steps.size();
            String step = isStep ? steps.get(i) + ": " : "";
            if (!kernel.get(i).equals(library.get(i))) {
                lines.add("! " + step + "kernel " + kernel.get(i) + " | library " + library.get(i));
            } else if (isStep) {
                lines.add("  " + step + kernel.get(i));
            }
        }
        if (kernel.size() != library.size()) {
            boolean isKernelLonger = kernel.size() > reached;
            lines.add("! only the " + (isKernelLonger ? "kernel: " + kernel.get(reached)
                    : "library: " + library.get(reached)));
        }
        return lines;
    }
}
