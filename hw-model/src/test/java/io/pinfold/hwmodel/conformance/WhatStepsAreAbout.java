package io.pinfold.hwmodel.conformance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Counts the topics of a trace's steps, by a small model of its mappings with the protection and advice of each page.
 */
final class WhatStepsAreAbout {

    private static final String BESIDE = "neighbours";
    private static final String NOTHING = "changes that change nothing";
    private static final String ADVICE = "advice";
    /** All topics. */
    static final String[] ALL = {"HUGE", "RESERVED", "OBJECT", "SMALL", BESIDE, NOTHING, ADVICE};

    /** By page: the last request of a step; absent if not mapped. */
    private final Map<Integer, Integer> protections = new HashMap<>();
    private final Map<Integer, Integer> advice = new HashMap<>();
    private final List<String> matters = new ArrayList<>();

    private WhatStepsAreAbout() {
    }

    /** A line for each topic. */
    static List<String> of(List<Step> trace) {
        WhatStepsAreAbout model = new WhatStepsAreAbout();
        trace.forEach(model::look);
        return model.matters;
    }

    private void look(Step step) {
        if (step.kind() != Step.Kind.UNREGISTER && step.kind() != Step.Kind.DEVICE_LOAD
                && step.kind() != Step.Kind.DEVICE_STORE) {
            matters.add(Area.of(step.page()).name());
        }
        if (step.kind() == Step.Kind.ADVISE) {
            matters.add(ADVICE);
        }
        int end = step.page() + step.pages();
        boolean isBeside = protections.containsKey(step.page() - 1) || protections.containsKey(end);
        if (step.kind() == Step.Kind.MAP && isBeside) {
            matters.add(BESIDE);
        }
        if (isOld(step)) {
            matters.add(NOTHING);
        }
        pages(step).forEach(page -> remember(step, page));
    }

    private boolean isOld(Step step) {
        return switch (step.kind()) {
            case PROTECT -> pages(step).allMatch(page -> Integer.valueOf(step.prot()).equals(protections.get(page)));
            case ADVISE -> pages(step).allMatch(page -> Integer.valueOf(step.choice()).equals(advice.get(page)));
            default -> false;
        };
    }

    private void remember(Step step, int page) {
        switch (step.kind()) {
            case MAP -> {
                protections.put(page, step.prot());
                advice.put(page, step.backing() == Backing.HUGE ? 1 : step.backing() == Backing.PRIVATE ? 0 : -1);
            }
            case UNMAP -> {
                protections.remove(page);
                advice.remove(page);
            }
            case PROTECT -> protections.computeIfPresent(page, (key, old) -> step.prot());
            case ADVISE -> advice.computeIfPresent(page, (key, old) -> step.choice());
            default -> {
            }
        }
    }

    private static IntStream pages(Step step) {
        return IntStream.range(step.page(), step.page() + step.pages());
    }
}
