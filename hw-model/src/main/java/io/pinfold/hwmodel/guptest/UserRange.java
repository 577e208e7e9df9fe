package io.pinfold.hwmodel.guptest;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.core.pgtable.Geometry;

/** Sets up the range of the calls: maps it, then advises and touches it. */
final class UserRange {

    /** Thrown when a step failed; the message names the step and the errno. */
    static final class SetupException extends Exception {

        private static final long serialVersionUID = 1L;

        private final GupClause broken;

        SetupException(GupClause broken, String message) {
            super(message);
            this.broken = broken;
        }

        GupClause broken() {
            return broken;
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
        require(GupClause.GUP8, address, "mmap of " + options.bytes() + " bytes");
        return address;
    }

    /** Does what is asked for with the range before the first call: advises, touches. */
    static void prepare(AddressSpace space, long address, GupTestOptions options) throws SetupException {
        if (options.hugePages() != HugePageAdvice.DEFAULT) {
            boolean always = options.hugePages() == HugePageAdvice.ALWAYS;
            require(GupClause.GUP9, space.madvise(address, options.bytes(),
                    always ? AddressSpace.MADV_HUGEPAGE : AddressSpace.MADV_NOHUGEPAGE),
                    always ? "madvise(MADV_HUGEPAGE)" : "madvise(MADV_NOHUGEPAGE)");
        }
        if (options.pretouch()) {
            touch(space, address, options.bytes());
        }
    }

    private static void touch(AddressSpace space, long address, long bytes) throws SetupException {
        try (Cpu cpu = space.openCpu()) {
            for (long done = 0; done < bytes; done += Geometry.PAGE_BYTES) {
                cpu.storeByte(address + done, (byte) 0);
            }
        } catch (SegmentationFault | OutOfFramesException e) {
            throw new SetupException(GupClause.GUP10, "touching the pages: " + e.getMessage());
        }
    }

    private static void require(GupClause clause, long result, String what) throws SetupException {
        if (result < 0) {
            throw new SetupException(clause, what + ": " + Errno.nameOf((int) result));
        }
    }
}
