package io.pinfold.jmh.baseline;

import io.pinfold.hwmodel.stats.Tail;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * The two system calls in which the kernel that runs here takes and drops references on many pages of this process:
 * vmsplice (get), and the registration of buffers with io_uring (pin). Both do more than that (pipe slots, tables,
 * accounting), so their times are upper bounds of the kernel's fast path. Linux on x86-64 or arm64 only.
 */
public final class KernelCalls implements AutoCloseable {
    /** Thrown when the system refuses a call here, with the errno. */
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    /** Times of one kind of call, nanoseconds a page. */
    public record Times(int pages, Tail get, Tail put) {
        private static Times of(int pages, long[] get, long[] put) {
            return new Times(pages, Tail.of(get).per(pages), Tail.of(put).per(pages));
        }
    }

    private static final int PAGE_BYTES = 4096;
    private static final int IO_URING_SETUP = 425;
    private static final int IO_URING_REGISTER = 427;
    private static final int REGISTER_BUFFERS = 0;
    private static final int UNREGISTER_BUFFERS = 1;
    private static final int PARAMS_BYTES = 120;
    private static final int O_WRONLY = 1;
    private static final int F_SETPIPE_SZ = 1031;
    private static final int SPLICE_PAGES = 256;
    private static final int REGISTER_PAGES = 512;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle SYSCALL = NativeAccess.libc("syscall",
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG),
            Linker.Option.firstVariadicArg(1), Linker.Option.captureCallState("errno"));

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment state = arena.allocate(STATE);
    private final MemorySegment buffer = arena.allocate((long) REGISTER_PAGES * PAGE_BYTES, PAGE_BYTES);
    private final MemorySegment iovec = arena.allocate(16, 8);
    private final boolean isX86;

    /**
     * Opens the buffers of the calls.
     *
     * @throws RefusedException if these calls are not known here
     */
    public KernelCalls() throws RefusedException {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "");
        isX86 = arch.equals("amd64");
        if (!os.contains("linux") || !isX86 && !arch.equals("aarch64")) {
            throw new RefusedException("the system calls of " + os + " on " + arch + " are not known");
        }
        buffer.fill((byte) 1); // present, and not the zero page
    }

    /** Times vmsplice of 256 pages into a pipe, and splice of them to /dev/null. */
    public Times vmsplice(int repeats) throws RefusedException {
        MemorySegment fds = arena.allocate(8, 8);
        long _ = call("pipe2", isX86 ? 293 : 59, fds.address(), 0, 0, 0, 0, 0);
        long readEnd = fds.get(ValueLayout.JAVA_INT, 0);
        long writeEnd = fds.get(ValueLayout.JAVA_INT, 4);
        long nowhere = call("open of /dev/null", isX86 ? 257 : 56, -100, arena.allocateFrom("/dev/null").address(),
                O_WRONLY, 0,
                0, 0);
        try {
            long bytes = (long) SPLICE_PAGES * PAGE_BYTES;
            long _ = call("fcntl F_SETPIPE_SZ", isX86 ? 72 : 25, writeEnd, F_SETPIPE_SZ, bytes, 0, 0, 0);
            long[] get = new long[repeats];
            long[] put = new long[repeats];
            for (int i = 0; i < repeats; i++) {
                describe(SPLICE_PAGES);
                long start = System.nanoTime();
                long moved = call("vmsplice", isX86 ? 278 : 75, writeEnd, iovec.address(), 1, 0, 0, 0);
                long between = System.nanoTime();
                require("vmsplice", moved, bytes);
                for (long left = bytes; left > 0;) {
                    left -= call("splice", isX86 ? 275 : 76, readEnd, 0, nowhere, 0, left, 0);
                }
                put[i] = System.nanoTime() - between;
                get[i] = between - start;
            }
            return Times.of(SPLICE_PAGES, get, put);
        } finally {
            closeAll(readEnd, writeEnd, nowhere);
        }
    }

    /** Times the registration of one buffer of 512 pages with io_uring, and its end. */
    public Times ioUringRegister(int repeats) throws RefusedException {
        MemorySegment params = arena.allocate(PARAMS_BYTES, 8);
        long ring = call("io_uring_setup", IO_URING_SETUP, 8, params.address(), 0, 0, 0, 0);
        try {
            long[] get = new long[repeats];
            long[] put = new long[repeats];
            for (int i = 0; i < repeats; i++) {
                describe(REGISTER_PAGES);
                long start = System.nanoTime();
                long _ = call("io_uring_register", IO_URING_REGISTER, ring, REGISTER_BUFFERS, iovec.address(), 1,
                        0, 0);
                long between = System.nanoTime();
                long _ = call("io_uring_register", IO_URING_REGISTER, ring, UNREGISTER_BUFFERS, 0, 0, 0, 0);
                put[i] = System.nanoTime() - between;
                get[i] = between - start;
            }
            return Times.of(REGISTER_PAGES, get, put);
        } finally {
            closeAll(ring);
        }
    }

    private void describe(int pages) {
        iovec.set(ValueLayout.JAVA_LONG, 0, buffer.address());
        iovec.set(ValueLayout.JAVA_LONG, 8, (long) pages * PAGE_BYTES);
    }

    private void closeAll(long... descriptors) throws RefusedException {
        for (long descriptor : descriptors) {
            long _ = call("close", isX86 ? 3 : 57, descriptor, 0, 0, 0, 0, 0);
        }
    }

    private static void require(String what, long got, long wanted) throws RefusedException {
        if (got != wanted) {
            throw new RefusedException(what + " moved " + got + " of " + wanted + " bytes");
        }
    }

    private long call(String name, long number, long a, long b, long c, long d, long e, long f)
            throws RefusedException {
        long result;
        try {
            result = (long) SYSCALL.invokeExact(state, number, a, b, c, d, e, f);
        } catch (Throwable t) {
            throw new IllegalStateException(name, t);
        }
        if (result < 0) {
            throw new RefusedException(name + " failed with errno " + state.get(ValueLayout.JAVA_INT, ERRNO));
        }
        return result;
    }

    @Override
    public void close() {
        arena.close();
    }
}
