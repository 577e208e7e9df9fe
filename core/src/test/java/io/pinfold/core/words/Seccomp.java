package io.pinfold.core.words;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Makes the kernel refuse a system call to this process from now on, as the filter of a sandbox does: seccomp(2). */
@SuppressWarnings("restricted")
final class Seccomp {
    private static final long PRCTL = 157;
    private static final long SECCOMP = 317;
    private static final int SET_NO_NEW_PRIVS = 38;
    private static final int SET_MODE_FILTER = 1;
    private static final int ALL_THREADS = 1;
    private static final int LOAD_WORD = 0x20;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int RETURN = 0x06;
    private static final int ERRNO = 0x0005_0000;
    private static final int ALLOW = 0x7fff_0000;
    private static final int INSTRUCTIONS = 4;

    private Seccomp() {
    }

    /** Only on Linux on x86-64. */
    static void refuse(int systemCall, int errno) throws Throwable {
        MethodHandle call = Linker.nativeLinker().downcallHandle(
                Linker.nativeLinker().defaultLookup().find("syscall").orElseThrow(),
                FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
                Linker.Option.firstVariadicArg(1));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment filter = arena.allocate(INSTRUCTIONS * 8L, 8);
            instruction(filter, 0, LOAD_WORD, 0, 0, 0); // the number of the call
            instruction(filter, 1, JUMP_IF_EQUAL, 0, 1, systemCall);
            instruction(filter, 2, RETURN, 0, 0, ERRNO | errno);
            instruction(filter, 3, RETURN, 0, 0, ALLOW);
            MemorySegment program = arena.allocate(16, 8);
            program.set(ValueLayout.JAVA_SHORT, 0, (short) INSTRUCTIONS);
            program.set(ValueLayout.ADDRESS, 8, filter);
            long allowed = (long) call.invokeExact(PRCTL, (long) SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
            long set = (long) call.invokeExact(SECCOMP, (long) SET_MODE_FILTER, (long) ALL_THREADS, program.address(),
                    0L, 0L);
            if (allowed != 0 || set != 0) {
                throw new IllegalStateException("no filter to be had: prctl " + allowed + ", seccomp " + set);
            }
        }
    }

    private static void instruction(MemorySegment filter, long index, int code, int ifTrue, int ifFalse, int value) {
        long at = index * 8;
        filter.set(ValueLayout.JAVA_SHORT, at, (short) code);
        filter.set(ValueLayout.JAVA_BYTE, at + 2, (byte) ifTrue);
        filter.set(ValueLayout.JAVA_BYTE, at + 3, (byte) ifFalse);
        filter.set(ValueLayout.JAVA_INT, at + 4, value);
    }
}
