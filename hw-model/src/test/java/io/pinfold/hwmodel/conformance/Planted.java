package io.pinfold.hwmodel.conformance;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.BiFunction;
import java.util.function.LongFunction;

/** The library with a planted mistake: one call of a side does the wrong thing. */
final class Planted {

    /** Address of windows when there is no kernel that chooses one. */
    static final long WINDOW = 0x2000_0000_0000L;

    private Planted() {
    }

    /** A library with one method replaced by {@code method}. */
    static LongFunction<Side> in(String method, BiFunction<Side, Object[], Object> instead) {
        return window -> {
            Side real = new LibrarySide(window);
            return (Side) Proxy.newProxyInstance(Side.class.getClassLoader(), new Class<?>[]{Side.class},
                    (proxy, called, arguments) -> {
                        if (called.getName().equals(method)) {
                            return instead.apply(real, arguments);
                        }
                        try {
                            return called.invoke(real, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        };
    }

    /** munmap gives registered buffers back, as if a pin were a mapping. */
    static LongFunction<Side> unmapDropsPins() {
        return in("unmap", (side, arguments) -> {
            int _ = side.unregister(0);
            return side.unmap((long) arguments[0], (int) arguments[1]);
        });
    }

    /** MADV_DONTNEED that keeps what the program stored. */
    static LongFunction<Side> discardKeepsData() {
        return in("discard", (side, arguments) -> {
            long address = (long) arguments[0];
            int content = side.frame(address) == 0 ? 0 : side.load(address);
            int result = side.discard(address, (int) arguments[1]);
            if (content > 0 && content < Shown.MIXED) {
                int _ = side.store(address, (byte) content);
            }
            return result;
        });
    }
}
