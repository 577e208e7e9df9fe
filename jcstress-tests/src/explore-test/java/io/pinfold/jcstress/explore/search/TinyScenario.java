package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.scenario.Scenario;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** A scenario of a few lines over a few words, for tests of the search itself. */
public final class TinyScenario implements Scenario {
    private final Function<Long, Play> plays;
    private final List<String> allowed;

    /** The strands and their outcome, over words that begin at an address, 64 bytes apart. */
    public record Play(List<Runnable> strands, Supplier<String> end) {
    }

    public TinyScenario(Function<Long, Play> plays, String... allowed) {
        this.plays = plays;
        this.allowed = List.of(allowed);
    }

    @Override
    public String name() {
        return "tiny";
    }

    @Override
    public String races() {
        return "";
    }

    @Override
    public String about() {
        return "a test of the search";
    }

    @Override
    public List<String> allowed() {
        return allowed;
    }

    @Override
    public List<String> required() {
        return allowed;
    }

    @Override
    public World build() {
        long words = Arena.global().allocate(4096, 4096).address();
        return new TinyWorld(words, plays.apply(words));
    }

    private record TinyWorld(long words, Play play) implements World {
        @Override
        public List<String> strands() {
            List<String> names = new ArrayList<>();
            for (int i = 0; i < play.strands().size(); i++) {
                names.add("s" + i);
            }
            return names;
        }

        @Override
        public void begin() {
            // the words are zero, and so is the state of the play
        }

        @Override
        public void run(int strand) {
            play.strands().get(strand).run();
        }

        @Override
        public String end() {
            return play.end().get();
        }

        @Override
        public String state() {
            return "x " + io.pinfold.core.words.Words.getLong(words);
        }

        @Override
        public void name(Names names) {
            names.name(words, "x");
            names.name(words + 64, "y");
        }

        @Override
        public void close() {
        }
    }
}
