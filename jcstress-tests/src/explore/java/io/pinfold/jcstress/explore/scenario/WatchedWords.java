package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.List;

/** The watched words of a world: they have a name in schedules, and appear in the line that a replay prints. */
abstract class WatchedWords implements Scenario.World {
    private final List<Watched> watched = new ArrayList<>();

    /** The format of a word. */
    enum Shown {
        INT, LONG, ENTRY
    }

    private record Watched(String name, long address, Shown shown) {
        String value() {
            return switch (shown) {
                case INT -> Integer.toString(Words.getIntVolatile(address));
                case LONG -> "0x" + Long.toHexString(Words.getLongVolatile(address));
                case ENTRY -> Entry.describe(Words.getLongVolatile(address));
            };
        }
    }

    final void watch(String name, long address, Shown shown) {
        watched.add(new Watched(name, address, shown));
    }

    @Override
    public final void name(Scenario.Names names) {
        for (Watched word : watched) {
            names.name(word.address(), word.name());
        }
    }

    @Override
    public final String state() {
        StringBuilder line = new StringBuilder();
        for (Watched word : watched) {
            line.append(line.isEmpty() ? "" : "; ").append(word.name()).append(' ').append(word.value());
        }
        return line.toString();
    }
}
