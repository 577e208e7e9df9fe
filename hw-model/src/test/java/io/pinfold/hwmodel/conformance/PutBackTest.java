package io.pinfold.hwmodel.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes that the job makes in the system are undone when it ends, however it ends. */
class PutBackTest {

    @TempDir
    Path folder;

    @Test
    void thePoolIsAsBeforeAfterAFailure() throws IOException {
        Path file = Files.writeString(folder.resolve("nr_hugepages"), "3\n");
        HugePool pool = new HugePool(file);
        assertThatThrownBy(() -> {
            try (PutBack putBack = new PutBack()) {
                assertThat(pool.raise(4, putBack)).isEmpty();
                assertThat(file).hasContent("7");
                throw new IllegalStateException("a row failed");
            }
        }).hasMessage("a row failed");
        assertThat(file).hasContent("3");
    }

    @Test
    void aPoolThatCannotBeReadIsNotThere() {
        try (PutBack putBack = new PutBack()) {
            assertThat(new HugePool(folder.resolve("none")).raise(1, putBack)).contains("cannot be changed");
        }
    }

    @Test
    void theLastChangeIsPutBackFirstAndAllOfThemWhateverFails() {
        List<String> order = new ArrayList<>();
        PutBack putBack = new PutBack();
        putBack.later(() -> order.add("first"));
        putBack.later(() -> {
            throw new AssertionError("stuck, too");
        });
        putBack.later(() -> {
            throw new IllegalStateException("stuck");
        });
        putBack.later(() -> order.add("last"));
        assertThatThrownBy(putBack::close).hasMessage("stuck");
        assertThat(order).containsExactly("last", "first");
        putBack.close();
        assertThat(order).hasSize(2);
    }
}
