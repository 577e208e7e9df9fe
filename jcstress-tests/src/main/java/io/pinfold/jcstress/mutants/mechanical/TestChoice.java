package io.pinfold.jcstress.mutants.mechanical;

import java.util.List;
import java.util.Map;

/** Chooses the tests of a class. They are named without {@code io.pinfold.} and come by module, in that order. */
public interface TestChoice {

    /** The tests that are asked first. */
    Map<String, List<String>> ofRoom(String room);

    /** All tests of the modules that use a class of this room. */
    Map<String, List<String>> ofModules(String room);
}
