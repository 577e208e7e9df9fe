package io.pinfold.jmh.baseline;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** The restricted calls of this module: native functions are linked here and nowhere else. */
@SuppressWarnings("restricted")
final class NativeAccess {
    private NativeAccess() {
    }

    /** Functions of a shared library, which stays loaded until the JVM ends. */
    static SymbolLookup library(Path file) {
        return SymbolLookup.libraryLookup(file, Arena.global());
    }

    /**
     * A downcall without a thread-state transition, the cheapest kind, for functions that neither block nor take long.
     * While one runs no safepoint is reached.
     */
    static MethodHandle critical(SymbolLookup library, String function, FunctionDescriptor signature) {
        return Linker.nativeLinker().downcallHandle(library.findOrThrow(function), signature,
                Linker.Option.critical(false));
    }

    /** A plain downcall of a function of the C library. */
    static MethodHandle libc(String function, FunctionDescriptor signature, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), signature, options);
    }
}
