package io.pinfold.core.memory.handle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What only checked memory can tell of holds by handle: whose they were, and that a view is read after its hold. */
class CheckedHoldsTest {
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8L << 20));
    private final FrameHandles handles = memory.handles();

    @AfterEach
    void nothingIsLeft() {
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    private static void on(String name, Runnable work) {
        Throwable[] thrown = new Throwable[1];
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                thrown[0] = e;
            }
        }, name);
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertThat(thrown[0]).isNull();
    }

    /** Two readers pin, one unpins twice: the other finds its pin gone, and reads who has taken it. */
    @Test
    void aReleaseTooManyNamesTheThreadThatMadeIt() {
        long handle = handles.allocate();
        long pin = handles.tryPin(handle);
        on("twice", () -> {
            assertThat(handles.tryPin(handle)).isEqualTo(pin);
            handles.unpin(pin);
            handles.unpin(pin);
        });
        assertThatThrownBy(() -> handles.unpin(pin)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("all pins of it have been given back")
                .hasMessageContaining("thread twice took 1 and gave back 2");
        handles.put(handle);
    }

    /** By its handle; the pin itself is refused without a ledger. */
    @Test
    void aPutByAThreadThatHoldsPinsAloneThrows() {
        long handle = handles.allocate();
        on("reader", () -> {
            long pin = handles.tryPin(handle);
            assertThatThrownBy(() -> handles.put(handle)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("thread reader holds pins alone");
            handles.unpin(pin);
        });
        on("getter", () -> {
            assertThat(handles.tryGet(handle)).isTrue();
            assertThatThrownBy(() -> handles.unpin(FrameHandle.toPin(handle)))
                    .isInstanceOf(IllegalStateException.class);
            handles.put(handle);
        });
        handles.put(handle);
    }

    /** Completions release what another thread pinned. */
    @Test
    void aHoldMayBeGivenBackByAThreadThatHasNone() {
        long handle = handles.allocate();
        long pin = handles.tryPin(handle);
        on("completion", () -> handles.unpin(pin));
        on("owner's heir", () -> handles.put(handle));
    }

    @Test
    void aViewIsNotReadAfterItsHold() {
        long handle = handles.allocate();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment[] late = new MemorySegment[1];
            on("reader", () -> {
                long pin = handles.tryPin(handle);
                late[0] = handles.view(pin, arena);
                assertThat(late[0].get(ValueLayout.JAVA_LONG, 0)).isZero();
                handles.unpin(pin);
            });
            assertThatThrownBy(() -> late[0].get(ValueLayout.JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
            MemorySegment owners = handles.view(handle, arena);
            assertThat(owners.get(ValueLayout.JAVA_LONG, 0)).isZero();
            handles.put(handle);
            assertThatThrownBy(() -> owners.get(ValueLayout.JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aViewEndsWithTheArenaOfItsCaller() {
        long handle = handles.allocate();
        MemorySegment view;
        try (Arena arena = Arena.ofConfined()) {
            view = handles.view(handle, arena);
        }
        assertThatThrownBy(() -> view.get(ValueLayout.JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(handles.tryFreeze(handle)).isTrue();
        handles.free(handle);
    }
}
