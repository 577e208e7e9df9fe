package io.pinfold.hwmodel.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every public method, with null for each object that it takes, returns or refuses with a message that names the
 * parameter.
 */
class NullArgumentsTest {
    @TempDir
    Path folder;

    @Test
    void nullIsAnsweredOrRefusedByName() throws IOException, InterruptedException {
        Fuzzer fuzzer = new Fuzzer(System.out, folder);
        Round round = new Round(fuzzer, 1, 0, 0, 0);
        Actor actor = round.prepare();
        List<String> objections = new ArrayList<>();
        for (Call call : fuzzer.calls.all()) {
            Class<?>[] types = call.member.getParameterTypes();
            for (int i = 0; i < types.length; i++) {
                if (!types[i].isPrimitive()) {
                    String objection = actor.withNull(call, i);
                    if (objection != null) {
                        objections.add(call.key + " with null for argument " + i + ": " + objection);
                    }
                }
            }
        }
        round.finish();
        assertThat(objections).isEmpty();
        assertThat(fuzzer.findings.kinds()).as(fuzzer.findings.summary()).isZero();
    }
}
