package io.pinfold.jcstress.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.cli.CommandList;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CommandListTest {

    @Test
    void theCommandsOfThisModuleAreListedAndNoOthers() {
        Map<String, String> listed = CommandList.listed(Set.of("hw-model", "jcstress-tests"));
        assertThat(listed.remove("explore")).as("in a jar of its own, with a test of its own").isNotNull();
        assertThat(CommandList.found()).isEqualTo(listed);
    }
}
