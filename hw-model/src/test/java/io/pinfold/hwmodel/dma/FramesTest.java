package io.pinfold.hwmodel.dma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a device may touch, at the borders of all that a memory has, and lists of many frames. */
class FramesTest {
    private static final long GIB = 1L << 30;

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20).withDeviceBytes(4L << 20));

    @AfterEach
    void close() {
        memory.close();
    }

    /** Behind the RAM comes a hole, and behind the hole a device window: DMA goes to neither. */
    @Test
    void onlyRamIsReachable() {
        for (boolean isWritten : new boolean[]{false, true}) {
            assertThat(Frames.reachable(memory, memory.ramFrames() - 1, isWritten)).isTrue();
            for (long pfn : new long[]{Long.MIN_VALUE, -1, 0, memory.ramFrames(), memory.deviceStart() - 1,
                    memory.deviceStart(), memory.frames() - 1, memory.frames(), Long.MAX_VALUE}) {
                assertThat(Frames.reachable(memory, pfn, isWritten)).as("pfn %d", pfn).isFalse();
            }
            assertThat(Frames.reachable(memory, memory.zeroPfn(), isWritten)).isEqualTo(!isWritten);
        }
        assertThat(Frames.inMemory(memory, memory.frames() - 1)).isTrue();
        assertThat(Frames.inMemory(memory, memory.frames())).isFalse();
    }

    /** As many bytes as the frames have fit, and not one more. */
    @Test
    void aListOfManyGigabytesTakesAllOfThem() {
        int frames = (int) (3 * GIB / 4096);
        ScatterList list = new ScatterList(memory, frames);
        for (int i = 0; i < frames; i++) {
            list.add(2, 0);
        }
        DmaDevice device = new DmaDevice() {
            @Override
            public int read(ByteBuffer target, long position) {
                return -1;
            }

            @Override
            public int write(ByteBuffer source, long position) {
                return -1;
            }
        };
        for (long bytes : new long[]{1, 2 * GIB - 1, 2 * GIB, 2 * GIB + 1, 3 * GIB}) {
            assertThat(new DmaDescriptor(0).fromDevice(device, 0, list, bytes).bytes()).isEqualTo(bytes);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DmaDescriptor(0).toDevice(device, 0, list, 3 * GIB + 1));
    }
}
