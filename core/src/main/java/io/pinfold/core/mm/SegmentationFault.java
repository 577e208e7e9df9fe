package io.pinfold.core.mm;

import java.io.Serial;

/** A {@link Cpu} touched an address that is not mapped, or not with that permission: what SIGSEGV and SIGBUS say. */
public final class SegmentationFault extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** The first address that could not be accessed. */
    private final long address;
    /** Whether it was a store. */
    private final boolean write;

    SegmentationFault(long spaceId, long address, boolean write) {
        super("address space " + spaceId + ": " + (write ? "write to" : "read of") + " address 0x"
                + Long.toHexString(address) + " is not permitted");
        this.address = address;
        this.write = write;
    }

    /** {@return the first address that could not be accessed} */
    public long address() {
        return address;
    }

    /** {@return whether it was a store} */
    public boolean isWrite() {
        return write;
    }
}
