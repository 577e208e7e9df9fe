package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.words.HeavyFence;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A base of scenarios with a name, races and outcomes. An outcome is written with alternatives, {@code "PINNED, KEPT"}
 * or {@code "NONE_PRESENT|GRAB_ZERO, FREED"}, one place for each strand.
 */
abstract class ProtocolScenario implements Scenario {
    private final String name;
    private final String races;
    private final String about;
    private final Supplier<World> worlds;
    private List<String> allowed = List.of();
    private List<String> required = List.of();

    ProtocolScenario(String name, String races, String about, Supplier<World> worlds) {
        this.name = name;
        this.races = races;
        this.about = about;
        this.worlds = worlds;
    }

    /** A scenario with slots of the other form: the same worlds and outcomes; {@code -fenced} ends its name. */
    ProtocolScenario(ProtocolScenario locked) {
        this(locked.name + "-fenced", locked.races, locked.about + "; slots without a locked instruction",
                fenced(locked.worlds));
        allowed = locked.allowed;
        required = locked.required;
    }

    /** The same worlds with slots of the form that the heavy fence allows, instead of the locked one. */
    static Supplier<World> fenced(Supplier<World> worlds) {
        return () -> {
            HeavyFence.choose(true);
            return worlds.get();
        };
    }

    /** The permitted outcomes besides the required ones. */
    final void allow(String... outcomes) {
        allowed = expand(outcomes);
    }

    /** The outcomes that a complete search has to see. */
    final void require(String... outcomes) {
        required = expand(outcomes);
    }

    private static List<String> expand(String... patterns) {
        List<String> all = new ArrayList<>();
        for (String pattern : patterns) {
            List<String> begun = List.of("");
            for (String place : pattern.split(", ")) {
                List<String> longer = new ArrayList<>();
                for (String beginning : begun) {
                    for (String word : place.split("\\|")) {
                        longer.add(beginning.isEmpty() ? word : beginning + ", " + word);
                    }
                }
                begun = longer;
            }
            all.addAll(begun);
        }
        return List.copyOf(all);
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String races() {
        return races;
    }

    @Override
    public final String about() {
        return about;
    }

    @Override
    public final List<String> allowed() {
        List<String> all = new ArrayList<>(required);
        for (String outcome : allowed) {
            if (!all.contains(outcome)) {
                all.add(outcome);
            }
        }
        return List.copyOf(all);
    }

    @Override
    public final List<String> required() {
        return required;
    }

    @Override
    public final World build() {
        HeavyFence.choose(false);
        return worlds.get();
    }
}
