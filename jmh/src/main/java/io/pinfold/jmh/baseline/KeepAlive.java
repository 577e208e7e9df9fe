package io.pinfold.jmh.baseline;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Measures how the foreign-memory API itself keeps a segment alive during a call: the session of a shared arena is
 * acquired and released around a downcall that does nothing ({@code strnlen(segment, 0)}).
 */
public final class KeepAlive implements AutoCloseable {
    private static final MethodHandle CALL = NativeAccess.libc("strnlen",
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));

    private final Arena arena = Arena.ofShared();
    private final MemorySegment shared = arena.allocate(Long.BYTES);
    private final MemorySegment global = Arena.global().allocate(Long.BYTES);

    /** Makes downcalls with a segment of a shared arena. */
    public int sharedCalls(int calls) {
        return calls(shared, calls);
    }

    /** Makes downcalls with a segment that cannot be closed. */
    public int globalCalls(int calls) {
        return calls(global, calls);
    }

    private static int calls(MemorySegment segment, int calls) {
        int sum = 0;
        try {
            for (int i = 0; i < calls; i++) {
                sum += (int) (long) CALL.invokeExact(segment, 0L);
            }
        } catch (Throwable e) {
            throw new IllegalStateException("strnlen", e);
        }
        return sum;
    }

    @Override
    public void close() {
        arena.close();
    }
}
