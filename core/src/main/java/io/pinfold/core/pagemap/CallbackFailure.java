package io.pinfold.core.pagemap;

import org.jspecify.annotations.Nullable;

/**
 * What callbacks threw, kept until the operation that called them is complete: the first, with the others suppressed in
 * it. One thread at a time.
 */
public final class CallbackFailure {
    private @Nullable Throwable first;

    /** Nothing was thrown yet. */
    public CallbackFailure() {
    }

    /**
     * Keeps what was thrown.
     *
     * @param thrown what a callback threw
     */
    public void add(Throwable thrown) {
        if (first == null) {
            first = thrown;
        } else if (!first.equals(thrown)) { // itself cannot be suppressed
            first.addSuppressed(thrown);
        }
    }

    /**
     * Runs {@code step} and keeps what it throws.
     *
     * @param step what may throw
     */
    public void run(Runnable step) {
        try {
            step.run();
        } catch (Throwable thrown) {
            add(thrown);
        }
    }

    /** Throws what was kept, as it is; nothing happens if nothing was. */
    public void rethrow() {
        if (first != null) {
            throw CallbackFailure.<RuntimeException>asIs(first);
        }
    }

    /** A callback that cheats the compiler may throw a checked exception, too. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Throwable> T asIs(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
