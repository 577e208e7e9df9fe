package io.pinfold.hwmodel.conformance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The resources that all stories on the running kernel share: scratch memory, rings (idle between stories), /proc, and
 * the address of the next window.
 */
final class KernelHost implements AutoCloseable {

    /**
     * Windows lie far below the memory of any process and above any heap: the kernel looks for free room from the top
     * down, or from 0x2aaaaaaab000 upwards, so holes of a window are never given to another thread of this JVM.
     */
    private static final long FIRST_WINDOW = 0x2000_0000_0000L;
    static final long WINDOW_BYTES = 1L << 30;
    private static final int WINDOWS = 64;

    private final Scratch scratch = new Scratch();
    private final Kernel kernel = new Kernel(scratch);
    private final List<Ring> rings = new ArrayList<>();
    private final @Nullable DiskFile disk;
    private int next;

    /** Opens it without a disk. */
    KernelHost() {
        disk = null;
    }

    /** Opens it with a file for direct I/O in {@code folder}. */
    KernelHost(Path folder, PutBack putBack) {
        disk = DiskFile.create(folder, scratch, putBack);
    }

    Scratch scratch() {
        return scratch;
    }

    Kernel kernel() {
        return kernel;
    }

    @Nullable
    DiskFile disk() {
        return disk;
    }

    /** Ring {@code index}, made on first use; it holds no buffers between stories. */
    Ring ring(int index) {
        while (rings.size() <= index) {
            rings.add(Ring.open(scratch));
        }
        return rings.get(index);
    }

    /** Address of an unused window. */
    long nextWindow() {
        for (int tried = 0; tried < WINDOWS; tried++) {
            long at = FIRST_WINDOW + next * WINDOW_BYTES;
            next = (next + 1) % WINDOWS;
            int flags = 0x22 | LinuxCalls.MAP_FIXED_NOREPLACE | LinuxCalls.MAP_NORESERVE;
            long got = LinuxCalls.mmap(at, WINDOW_BYTES, 0, flags, -1, 0);
            if (got > 0) {
                Scratch.require("munmap", LinuxCalls.munmap(got, WINDOW_BYTES));
            }
            if (got == at) {
                return at;
            }
        }
        throw new IllegalStateException("no free window of " + WINDOW_BYTES + " bytes in this address space");
    }

    @Override
    public void close() {
        rings.forEach(Ring::close);
        kernel.close();
        scratch.close();
    }
}
