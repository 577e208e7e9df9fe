package io.pinfold.core.mm;

import java.io.Serial;

/** The physical memory has no frame left for something that cannot report -ENOMEM: a {@link Cpu} access, a new space. */
public final class OutOfFramesException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    OutOfFramesException(String message) {
        super(message);
    }
}
