package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pinfold.core.epoch.Dropped;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.words.Words;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The addresses of a closed memory: they read as zeros as long as the memory is referred to, and go then. */
@Timeout(120)
@Tag("unchecked") // there addresses of frames lose their permission at once and are never used again
class AddressesTest {
    private static final Path MAPS = Path.of("/proc/self/maps");

    @BeforeEach
    void onLinux() {
        assumeTrue(Files.isReadable(MAPS), "the mappings of a process are listed on Linux only");
    }

    private static boolean isMapped(long address) {
        try (var lines = Files.lines(MAPS)) {
            return lines.map(line -> line.substring(0, line.indexOf(' ')).split("-"))
                    .anyMatch(range -> Long.parseUnsignedLong(range[0], 16) <= address
                            && address < Long.parseUnsignedLong(range[1], 16));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void framesAndRecordsOfAClosedMemoryReadAsZeros() {
        PhysicalMemory memory = Memories.open(8);
        MemoryCore core = Bridge.core(memory);
        long handle = memory.handles().allocate();
        long frame = core.frameAddress(FrameHandle.pfn(handle));
        long record = core.recordAddress(FrameHandle.pfn(handle));
        Words.setLong(frame, 42);
        memory.handles().put(handle);
        assertThat(Words.getLongVolatile(record)).isNotZero();
        memory.close();
        assertThat(Words.getLong(frame)).isZero();
        for (int offset = 0; offset < 64; offset += Long.BYTES) {
            assertThat(Words.getLongVolatile(record + offset)).isZero();
        }
        Reference.reachabilityFence(memory);
    }

    @Test
    void theAddressesStayWhileTheMemoryIsReferredToAndGoThen() {
        PhysicalMemory memory = Memories.open(64);
        long frames = Bridge.core(memory).frameBase();
        long records = Bridge.core(memory).recordBase();
        memory.close();
        Dropped.collect(() -> !isMapped(frames) || !isMapped(records));
        assertThat(isMapped(frames) && isMapped(records)).isTrue();
        Reference.reachabilityFence(memory);
        memory = null;
        while (isMapped(frames) || isMapped(records)) { // until the timeout
            Dropped.collect(() -> !isMapped(frames) && !isMapped(records));
        }
    }

    /** Together they are four times what a process can have; a reservation that finds no room starts a collection. */
    @Test
    void closedMemoriesThatNothingRefersToLeaveRoom() {
        for (int i = 0; i < 4 * 32; i++) {
            PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(MemoryOptions.MAX_BYTES));
            memory.close();
        }
    }
}
