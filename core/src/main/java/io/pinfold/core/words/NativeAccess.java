package io.pinfold.core.words;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The system calls of core: address space that is reserved and not committed, and a fence in all threads. Linux only
 * (the constants are those of x86-64 and arm64); elsewhere {@link Reservation} and {@link HeavyFence} do without them.
 */
@SuppressWarnings("restricted")
final class NativeAccess {
    private static final int PROT_READ_WRITE = 0x1 | 0x2;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_NOHUGEPAGE = 15;
    private static final int ENOMEM = 12;

    private NativeAccess() {
    }

    /** Whether these calls exist here. */
    static boolean isAvailable() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
    }

    /**
     * Checks the permission that everything in this package needs, before a class is initialised that could not be
     * initialised again.
     *
     * @throws IllegalStateException if this JVM refuses it; the message names the option to start it with
     */
    static void requirePermitted() {
        try {
            MemorySegment _ = MemorySegment.NULL.reinterpret(0);
        } catch (IllegalCallerException denied) {
            Module module = NativeAccess.class.getModule();
            throw new IllegalStateException(
                    "this JVM does not let Pinfold use native memory (--illegal-native-access=deny): start it "
                            + "with --enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED"),
                    denied);
        }
    }

    /**
     * Reserves zeroed, page-aligned memory that takes no frames until it is touched, without transparent huge pages
     * (which would make one touched record cost 2 MiB).
     *
     * @throws IllegalStateException if the system refuses; the message names the limits in force and what to do
     */
    static long reserve(String what, long bytes) {
        try {
            long address = (long) Mmap.CALL.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1,
                    0L);
            if (address == -1) {
                address = reserveOrSayWhy(what, bytes);
            }
            // EINVAL means a kernel built without huge pages: then there is nothing to switch off
            int _ = (int) Madvise.CALL.invokeExact(address, bytes, MADV_NOHUGEPAGE);
            return address;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("mmap", e);
        }
    }

    /**
     * Repeats the call with capture of the errno: a call that captures it takes more memory to link, and is needed only
     * here.
     */
    private static long reserveOrSayWhy(String what, long bytes) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(MmapWithErrno.STATE);
            long address = (long) MmapWithErrno.CALL.invokeExact(state, 0L, bytes, PROT_READ_WRITE,
                    MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
            if (address == -1) {
                throw refused(what, bytes, state.get(ValueLayout.JAVA_INT, MmapWithErrno.ERRNO));
            }
            return address;
        }
    }

    /** Gives the memory back and keeps the address space: from now on it reads as zeros. */
    static void discard(long address, long bytes) {
        try {
            int result = (int) Madvise.CALL.invokeExact(address, bytes, MADV_DONTNEED);
            if (result != 0) {
                throw new IllegalStateException(
                        "madvise of " + bytes + " bytes at 0x" + Long.toHexString(address) + " failed");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("madvise", e);
        }
    }

    /** Gives address space back; it must not be touched any more. */
    static void release(long address, long bytes) {
        try {
            int result = (int) Munmap.CALL.invokeExact(address, bytes);
            if (result != 0) {
                throw new IllegalStateException(
                        "munmap of " + bytes + " bytes at 0x" + Long.toHexString(address) + " failed");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("munmap", e);
        }
    }

    /**
     * membarrier(2).
     *
     * @return what the call returns, 0 or above; or a negative errno
     */
    static int membarrier(int command) {
        try {
            long result = (long) Membarrier.CALL.invokeExact(Membarrier.NUMBER, command, 0, 0);
            if (result >= 0) {
                return (int) result;
            }
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(MembarrierWithErrno.STATE);
                result = (long) MembarrierWithErrno.CALL.invokeExact(state, Membarrier.NUMBER, command, 0, 0);
                return result >= 0 ? (int) result : -state.get(ValueLayout.JAVA_INT, MembarrierWithErrno.ERRNO);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("membarrier", e);
        }
    }

    private static IllegalStateException refused(String what, long bytes, int errno) {
        return new IllegalStateException("cannot reserve " + bytes + " bytes of address space for " + what
                + ": mmap failed with errno " + errno + (errno == ENOMEM ? " (ENOMEM)" : "")
                + "; address space limit of this process (ulimit -v): " + addressSpaceLimit()
                + "; vm.overcommit_memory: " + firstLine("/proc/sys/vm/overcommit_memory")
                + ". Ask for less memory, raise ulimit -v, or set vm.overcommit_memory to 0 or 1");
    }

    private static String addressSpaceLimit() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
                if (line.startsWith("Max address space")) {
                    return line.substring("Max address space".length()).strip().replaceAll("\\s+", " ");
                }
            }
        } catch (IOException e) {
            // only for the message: the refusal is reported without it, too
        }
        return "unknown";
    }

    private static String firstLine(String path) {
        try {
            return Files.readString(Path.of(path)).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }

    /**
     * Linked on first use, so that a system without these functions can load the class; each by itself, because linking
     * costs megabytes of resident memory in a young JVM, and a program that only opens a memory need not link the calls
     * that close one.
     */
    private static MethodHandle link(String name, FunctionDescriptor signature, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature, options);
    }

    private static final FunctionDescriptor MMAP = FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG);

    private static final class Mmap {
        static final MethodHandle CALL = link("mmap", MMAP);

        private Mmap() {
        }
    }

    private static final class MmapWithErrno {
        static final StructLayout STATE = Linker.Option.captureStateLayout();
        static final long ERRNO = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
        static final MethodHandle CALL = link("mmap", MMAP, Linker.Option.captureCallState("errno"));

        private MmapWithErrno() {
        }
    }

    private static final class Munmap {
        static final MethodHandle CALL = link("munmap",
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

        private Munmap() {
        }
    }

    private static final class Madvise {
        static final MethodHandle CALL = link("madvise", FunctionDescriptor.of(ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));

        private Madvise() {
        }
    }

    private static final FunctionDescriptor SYSCALL = FunctionDescriptor.of(ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

    /** The C library has no function for it, so it is called by its number. */
    private static final class Membarrier {
        static final long NUMBER = switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64" -> 324;
            case "aarch64" -> 283;
            default -> throw new UnsupportedOperationException("membarrier has no known number here");
        };
        static final MethodHandle CALL = link("syscall", SYSCALL, Linker.Option.firstVariadicArg(1));

        private Membarrier() {
        }
    }

    private static final class MembarrierWithErrno {
        static final StructLayout STATE = Linker.Option.captureStateLayout();
        static final long ERRNO = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
        static final MethodHandle CALL = link("syscall", SYSCALL, Linker.Option.firstVariadicArg(1),
                Linker.Option.captureCallState("errno"));

        private MembarrierWithErrno() {
        }
    }
}
