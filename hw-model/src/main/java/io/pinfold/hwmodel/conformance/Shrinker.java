package io.pinfold.hwmodel.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Minimises a trace that shows a difference. It leaves out stretches of steps, long ones first, then simplifies the
 * remaining steps, as long as the difference stays.
 */
final class Shrinker {

    private final Predicate<List<Step>> differs;
    private int triesLeft;

    /**
     * Opens a shrinker.
     *
     * @param differs whether a trace shows a difference
     * @param tries   most calls of {@code differs}
     */
    Shrinker(Predicate<List<Step>> differs, int tries) {
        this.differs = differs;
        this.triesLeft = tries;
    }

    /** Returns a trace that shows the difference; no step of it can be left out, unless the tries ran out. */
    List<Step> shrink(List<Step> steps) {
        List<Step> smallest = new ArrayList<>(steps);
        boolean isSmaller = true;
        while (isSmaller && triesLeft > 0) {
            isSmaller = false;
            for (int length = Math.max(1, smallest.size() / 2); length >= 1; length /= 2) {
                isSmaller |= leaveOut(smallest, length);
            }
            isSmaller |= simplify(smallest);
        }
        return smallest;
    }

    private boolean leaveOut(List<Step> steps, int length) {
        boolean isSmaller = false;
        for (int from = steps.size() - length; from >= 0; from = Math.min(from - 1, steps.size() - length)) {
            List<Step> rest = new ArrayList<>(steps.subList(0, from));
            rest.addAll(steps.subList(from + length, steps.size()));
            if (differs(rest)) {
                steps.clear();
                steps.addAll(rest);
                isSmaller = true;
            }
        }
        return isSmaller;
    }

    /** Tries fewer pages, from the end or from the beginning of a range. */
    private boolean simplify(List<Step> steps) {
        boolean isSmaller = false;
        for (int i = 0; i < steps.size(); i++) {
            while (steps.get(i).pages() > 1 && (replaced(steps, i, 0) || replaced(steps, i, 1))) {
                isSmaller = true;
            }
        }
        return isSmaller;
    }

    /** The step with one page less, whose range begins {@code later} pages later. */
    private boolean replaced(List<Step> steps, int at, int later) {
        Step step = steps.get(at);
        List<Step> changed = new ArrayList<>(steps);
        changed.set(at, new Step(step.kind(), step.page() + later, step.pages() - 1, step.ring(), step.choice()));
        if (!differs(changed)) {
            return false;
        }
        steps.set(at, changed.get(at));
        return true;
    }

    private boolean differs(List<Step> steps) {
        return triesLeft-- > 0 && differs.test(steps);
    }
}
