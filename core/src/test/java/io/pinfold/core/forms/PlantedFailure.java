package io.pinfold.core.forms;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests that only {@link FormTest} runs, in another JVM: no name that Surefire looks for ends this one. */
class PlantedFailure {

    @Test
    void green() {
    }

    /** Red only where the JVM has -ea. */
    @Test
    @Tag("red")
    void red() {
        assert PlantedFailure.class.getName().isEmpty() : "planted";
    }
}
