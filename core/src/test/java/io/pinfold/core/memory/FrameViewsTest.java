package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.FrameHandle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Views of frames: the memory stays as long as one can be read, and close says of which frames they are. */
@Timeout(120)
class FrameViewsTest {
    private final PhysicalMemory memory = Memories.open(8);
    private final FrameHandles handles = memory.handles();

    private static String named(long handle) {
        return "frame " + FrameHandle.pfn(handle) + " of generation " + FrameHandle.generation(handle);
    }

    @Test
    @Tag("unchecked") // where a view ends with its hold
    void aViewThatOutlivesItsHoldKeepsTheMemoryOpen() {
        long first = handles.allocate();
        long second = handles.allocate();
        Arena arena = Arena.ofConfined();
        MemorySegment late = handles.view(first, arena);
        try (Arena shorter = Arena.ofShared()) {
            MemorySegment _ = handles.view(first, arena);
            handles.view(second, shorter).set(ValueLayout.JAVA_INT, 0, 5);
            handles.put(first);
            handles.put(second);
            assertThatThrownBy(memory::close).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("still out: 3 open views of ").hasMessageContaining(named(first))
                    .hasMessageContaining(named(second));
        }
        assertThatThrownBy(memory::close)
                .hasMessageEndingWith("still out: 2 open views of " + named(first) + ", " + named(first));
        assertThat(late.get(ValueLayout.JAVA_LONG, 0)).as("free, and still there").isZero();
        arena.close();
        Memories.closeIdle(memory);
    }

    @Test
    void aViewThatCannotBeMadeIsNotOpen() throws Exception {
        long handle = handles.allocate();
        Arena closed = Arena.ofShared();
        closed.close();
        assertThatThrownBy(() -> handles.view(handle, closed)).isInstanceOf(IllegalStateException.class);
        try (Arena ours = Arena.ofConfined(); ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> foreign = executor.submit(() -> assertThatThrownBy(() -> handles.view(handle, ours))
                    .isInstanceOf(WrongThreadException.class));
            foreign.get();
        }
        assertThatThrownBy(() -> handles.view(handle, null)).isInstanceOf(NullPointerException.class)
                .hasMessage("arena");
        assertThat(handles.viewed()).isEmpty();
        handles.put(handle);
        Memories.closeIdle(memory);
    }

    @Test
    @Tag("unchecked") // the arenas there are shared and slow to close
    void manyThreadsViewManyFrames() throws Exception {
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(handles.allocate());
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            List<Future<?>> viewers = new ArrayList<>();
            for (int thread = 0; thread < 3; thread++) {
                viewers.add(executor.submit(() -> {
                    for (int round = 0; round < 2_000; round++) {
                        try (Arena arena = Arena.ofConfined()) {
                            MemorySegment view = handles.view(all.get(round % all.size()), arena);
                            assertThat(view.byteSize()).isEqualTo(4096);
                        }
                    }
                }));
            }
            for (Future<?> viewer : viewers) {
                viewer.get();
            }
        }
        all.forEach(handles::put);
        Memories.closeIdle(memory);
    }

    @Test
    @Tag("unchecked") // as above
    void closeNamesTheFirstFew() {
        long handle = handles.allocate();
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < 9; i++) {
                MemorySegment _ = handles.view(handle, arena);
            }
            handles.put(handle);
            assertThatThrownBy(memory::close).hasMessageContaining("9 open views of ").hasMessageEndingWith(", ...");
        }
        Memories.closeIdle(memory);
    }
}
