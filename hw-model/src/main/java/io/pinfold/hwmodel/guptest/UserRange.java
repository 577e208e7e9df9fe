package io.pinfold.hwmodel.guptest;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.core.pgtable.Geometry;

/** Sets up the range of the calls: maps it, advises, touches it. */
final class UserRange {

    /** Thrown when a step failed; the message names the step and the errno. */
    static final class SetupException extends Exception {

        private static final long serialVersionUID = 1L;

        SetupException(String message) {
            super(message);
        }
    }

    private UserRange() {
    }

    /**
     * Maps the range for reading and writing, aligned for huge pages.
     *
     * @return its address
     */
    static long map(AddressSpace space, GupTestOptions options) throws SetupException {
        int flags = MapFlags.ANONYMOUS | (options.shared() ? MapFlags.SHARED : MapFlags.PRIVATE)
                | (options.hugetlb() ? MapFlags.HUGETLB : 0);
        long hint = 16 * MemoryPlan.alignment();
        long address = space.mmap(hint, options.bytes(), Prot.READ_WRITE, flags);
        require(address, "mmap of " + options.bytes() + " bytes");
        if (options.hugePages() != HugePageAdvice.DEFAULT) {
            boolean always = options.hugePages() == HugePageAdvice.ALWAYS;
            require(space.madvise(address, options.bytes(),
                    always ? AddressSpace.MADV_HUGEPAGE : AddressSpace.MADV_NOHUGEPAGE),
                    always ? "madvise(MADV_HUGEPAGE)" : "madvise(MADV_NOHUGEPAGE)");
        }
        if (options.pretouch()) {
            touch(space, address, options.bytes());
        }
        return address;
    }

    private static void touch(AddressSpace space, long address, long bytes) throws SetupException {
        try (Cpu cpu = space.openCpu()) {
            for (long done = 0; done < bytes; done += Geometry.PAGE_BYTES) {
                cpu.storeByte(address + done, (byte) 0);
            }
        } catch (SegmentationFault | OutOfFramesException e) {
            throw new SetupException("touching the pages: " + e.getMessage());
        }
    }

    private static void require(long result, String what) throws SetupException {
        if (result < 0) {
            throw new SetupException(what + ": " + Errno.nameOf((int) result));
        }
    }
}
