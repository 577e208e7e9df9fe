package io.pinfold.core.memory.handle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.internal.Bridge;
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
    private final HandleGrab grab = new HandleGrab(Bridge.core(memory), Bridge.holds(memory),
            Bridge.core(memory).slots().open(0));

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
        assertThat(grab.tryPin(handle)).isTrue();
        on("twice", () -> {
            assertThat(grab.tryPin(handle)).isTrue();
            handles.unpin(handle);
            handles.unpin(handle);
        });
        assertThatThrownBy(() -> handles.unpin(handle)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("all pins of it have been given back")
                .hasMessageContaining("thread twice took 1 and gave back 2");
        handles.put(handle);
    }

    @Test
    void aPutForAPinThrows() {
        long handle = handles.allocate();
        on("reader", () -> {
            assertThat(grab.tryPin(handle)).isTrue();
            assertThatThrownBy(() -> handles.put(handle)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("thread reader holds pins alone");
            handles.unpin(handle);
        });
        on("getter", () -> {
            assertThat(grab.tryGet(handle)).isTrue();
            assertThatThrownBy(() -> handles.unpin(handle)).isInstanceOf(IllegalStateException.class);
            handles.put(handle);
        });
        handles.put(handle);
    }

    /** Completions release what another thread pinned. */
    @Test
    void aHoldMayBeGivenBackByAThreadThatHasNone() {
        long handle = handles.allocate();
        assertThat(grab.tryPin(handle)).isTrue();
        on("completion", () -> handles.unpin(handle));
        on("owner's heir", () -> handles.put(handle));
    }

    @Test
    void aViewIsNotReadAfterItsHold() {
        long handle = handles.allocate();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment[] late = new MemorySegment[1];
            on("reader", () -> {
                assertThat(grab.tryPin(handle)).isTrue();
                late[0] = handles.view(handle, arena);
                assertThat(late[0].get(ValueLayout.JAVA_LONG, 0)).isZero();
                handles.unpin(handle);
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
