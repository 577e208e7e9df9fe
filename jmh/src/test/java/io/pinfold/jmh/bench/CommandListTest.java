package io.pinfold.jmh.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.cli.CommandList;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CommandListTest {

    @Test
    void theCommandsOfThisModuleAreListedAndNoOthers() {
        assertThat(CommandList.found()).isEqualTo(CommandList.listed(Set.of("hw-model", "jmh")));
    }
}
