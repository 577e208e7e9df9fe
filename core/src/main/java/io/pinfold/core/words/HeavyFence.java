package io.pinfold.core.words;

import java.lang.foreign.Arena;
import java.util.Locale;

/**
 * A fence that one thread issues for all threads of the process: every one of them passes a full fence between the
 * begin and the return of {@link #fence}. It lets a frequent side do without: that side stores its word by a release
 * store and then loads, and the rare side stores, issues the heavy fence, and loads the words of the others.
 *
 * <p><b>What it stands on.</b> The frequent side's store and load have to reach the processor in this order. The Java
 * memory model lets a volatile load pass a release store, so it is HotSpot's C2 that keeps them apart: it puts a
 * compiler barrier before and behind every access of {@code Unsafe} that is not plain (C2Access, MemBarCPUOrder), and
 * C1 and the interpreter reorder nothing. Other compilers, and systems without membarrier(2), get the <em>locked</em>
 * form: the frequent side's store is volatile, and this fence does nothing.
 *
 * <p>The form is chosen when this class is loaded, and does not change. {@code -Dpinfold.slots=locked} demands the
 * locked one, for a sandbox that kills for an unknown system call instead of refusing it.
 */
public final class HeavyFence {
    private static final String FORM = "pinfold.slots";
    private static final String LOCKED = "locked";

    private static final int QUERY = 0;
    private static final int PRIVATE_EXPEDITED = 1 << 3;
    private static final int REGISTER_PRIVATE_EXPEDITED = 1 << 4;
    private static final int EPERM = 1;

    /** Why the form is the locked one; empty if it is not. */
    private static final String WHY_LOCKED = whyLocked();
    private static final boolean IS_ASYMMETRIC = WHY_LOCKED.isEmpty();

    private HeavyFence() {
    }

    /** Whether the frequent side may store without a fence of its own. A constant, after this class is loaded. */
    public static boolean isAsymmetric() {
        return IS_ASYMMETRIC;
    }

    /** The form in a word, and the reason of the locked one. */
    public static String form() {
        return IS_ASYMMETRIC ? "membarrier" : "locked, " + WHY_LOCKED;
    }

    /**
     * The fence. In the locked form it does nothing. Takes some microseconds, and some from every running thread.
     */
    public static void fence() {
        if (!IS_ASYMMETRIC) {
            return;
        }
        int result = NativeAccess.membarrier(PRIVATE_EXPEDITED);
        if (result == -EPERM && NativeAccess.membarrier(REGISTER_PRIVATE_EXPEDITED) == 0) {
            // the registration is gone: the process was restored from an image
            result = NativeAccess.membarrier(PRIVATE_EXPEDITED);
        }
        if (result != 0) {
            handshake();
        }
    }

    /** The close of a shared arena brings every thread to a safepoint poll, which is a full fence. */
    private static void handshake() {
        try (Arena arena = Arena.ofShared()) {
            long _ = arena.allocate(1).address();
        }
    }

    private static String whyLocked() {
        if (LOCKED.equals(System.getProperty(FORM))) {
            return "-D" + FORM + "=" + LOCKED;
        }
        if (!NativeAccess.isAvailable() || !"amd64".equals(System.getProperty("os.arch"))) {
            return "not Linux on x86-64";
        }
        String vm = (System.getProperty("java.vm.name", "") + " " + System.getProperty("java.vm.version", "") + " "
                + System.getProperty("java.vendor.version", "")).toLowerCase(Locale.ROOT);
        if (!vm.contains("server vm") || vm.contains("graal") || vm.contains("jvmci")) {
            return "not HotSpot with C2";
        }
        try {
            int known = NativeAccess.membarrier(QUERY);
            if (known < 0 || (known & PRIVATE_EXPEDITED) == 0 || (known & REGISTER_PRIVATE_EXPEDITED) == 0) {
                return "membarrier is not to be had: " + known;
            }
            int registered = NativeAccess.membarrier(REGISTER_PRIVATE_EXPEDITED);
            int tried = registered == 0 ? NativeAccess.membarrier(PRIVATE_EXPEDITED) : registered;
            return tried == 0 ? "" : "membarrier is refused: " + tried;
        } catch (LinkageError | RuntimeException e) {
            return "no native call to be had: " + e.getMessage();
        }
    }
}
