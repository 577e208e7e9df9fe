package io.pinfold.jcstress.mutants.mechanical;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Which unit tests are asked first about the classes of a room ({@code room-tests.txt}). */
public final class RoomTests {

    private static final String FILE = "room-tests.txt";

    private final Map<String, String> rooms;

    private RoomTests(Map<String, String> rooms) {
        this.rooms = rooms;
    }

    /** Reads the file that is part of this module. */
    public static RoomTests load() {
        return parse(NamedLines.text(FILE));
    }

    static RoomTests parse(String text) {
        return new RoomTests(NamedLines.lines(FILE, text));
    }

    /** The rooms of the file. */
    public List<String> rooms() {
        return List.copyOf(rooms.keySet());
    }

    /**
     * The tests for a room, out of all.
     *
     * @param room a package without {@code io.pinfold.}; the line of the nearest package around it counts
     * @throws IllegalArgumentException if the file has no line for it, or its line fits no test
     */
    public List<String> of(String room, List<String> all) {
        String nearest = room;
        while (!rooms.containsKey(nearest) && nearest.contains(".")) {
            nearest = nearest.substring(0, nearest.lastIndexOf('.'));
        }
        List<String> patterns = Arrays.asList(rooms.getOrDefault(nearest, "").split("\\s+", -1));
        for (String pattern : patterns) {
            if (all.stream().noneMatch(test -> fits(pattern, test))) {
                throw new IllegalArgumentException(FILE + ": no test of " + room + " fits \"" + pattern + "\"");
            }
        }
        return all.stream().filter(test -> patterns.stream().anyMatch(pattern -> fits(pattern, test))).toList();
    }

    /** A star stands for any letters but a dot. */
    private static boolean fits(String pattern, String test) {
        return test.matches(pattern.replace(".", "\\.").replace("*", "[^.]*"));
    }
}
