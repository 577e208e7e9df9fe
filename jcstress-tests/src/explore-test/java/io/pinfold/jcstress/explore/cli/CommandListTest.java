package io.pinfold.jcstress.explore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.cli.CommandList;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CommandListTest {

    @Test
    void theExplorerIsListedAsItCallsItself() {
        Map<String, String> found = CommandList.found();
        assertThat(found).containsKey("explore");
        assertThat(CommandList.listed(Set.of("hw-model", "jcstress-tests"))).containsAllEntriesOf(found);
    }
}
