package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread that has to wait for a lock while the heap is full gets the lock and no OutOfMemoryError. */
@Timeout(120)
class FullHeapTest {

    @Test
    void whoWaitsForALockNeedsNoHeap() throws Exception {
        ChildJvm child = ChildJvm.run(List.of("-Xmx24m", "-XX:+UseSerialGC"), FullHeapWaits.class);
        assertThat(child.output()).contains(FullHeapWaits.END);
        assertThat(child.exit()).as(child.output()).isZero();
    }
}
