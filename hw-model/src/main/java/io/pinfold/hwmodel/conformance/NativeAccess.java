package io.pinfold.hwmodel.conformance;

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
 * The restricted calls of this module: the one variadic function of the C library through which every system call goes.
 * 64-bit Linux on x86 or Arm; elsewhere {@link #refusal} gives the reason.
 */
@SuppressWarnings("restricted")
final class NativeAccess {

    private NativeAccess() {
    }

    /** The reason why no system call can be made here; empty if they can. */
    static String refusal() {
        String os = System.getProperty("os.name", "");
        String arch = System.getProperty("os.arch", "");
        if (!os.toLowerCase(Locale.ROOT).contains("linux")) {
            return os + " is not Linux";
        }
        return isX86() || arch.equals("aarch64") ? "" : "the system calls of Linux on " + arch + " are not known";
    }

    /** Whether the call numbers are those of x86-64; else those of the generic table. */
    static boolean isX86() {
        return System.getProperty("os.arch", "").equals("amd64");
    }

    /** Makes one system call and returns the kernel's result, a negated errno included. */
    static long call(long number, long a, long b, long c, long d, long e, long f) {
        try {
            long result = (long) Syscall.CALL.invokeExact(Syscall.STATE, number, a, b, c, d, e, f);
            return result == -1 ? -Syscall.STATE.get(ValueLayout.JAVA_INT, Syscall.ERRNO) : result;
        } catch (Throwable problem) {
            throw new LinkageError("syscall", problem);
        }
    }

    /**
     * The function, linked on first use, so that the class loads everywhere. One thread makes all the calls: it owns
     * the captured errno.
     */
    private static final class Syscall {
        private static final StructLayout LAYOUT = Linker.Option.captureStateLayout();
        static final long ERRNO = LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
        static final MemorySegment STATE = Arena.global().allocate(LAYOUT);
        static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG),
                Linker.Option.firstVariadicArg(1), Linker.Option.captureCallState("errno"));

        private Syscall() {
        }
    }
}
