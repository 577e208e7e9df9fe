package io.pinfold.hwmodel.conformance;

/**
 * The system calls that the rows need, by number, with the kernel's own results: a negated errno on failure. Addresses
 * and descriptors are plain numbers; no method here reads or writes memory at an address.
 */
final class LinuxCalls {

    static final int MAP_NORESERVE = 0x4000;
    static final int MAP_FIXED_NOREPLACE = 0x100000;
    static final int MADV_NOHUGEPAGE = 15;
    static final int MADV_POPULATE_READ = 22;
    static final int MADV_POPULATE_WRITE = 23;
    static final int MADV_COLLAPSE = 25;
    static final int O_RDWR = 2;
    static final int O_CREAT = 0x40;
    static final int MFD_ALLOW_SEALING = 2;
    static final int F_SEAL_WRITE = 8;

    private static final int AT_FDCWD = -100;
    private static final int F_ADD_SEALS = 1033;
    private static final int MREMAP_MAYMOVE_FIXED = 3;

    private static final boolean X86 = NativeAccess.isX86();

    private LinuxCalls() {
    }

    private static long call(int x86, int generic, long a, long b, long c, long d, long e, long f) {
        return NativeAccess.call(X86 ? x86 : generic, a, b, c, d, e, f);
    }

    /** The flag of open for direct I/O, O_DIRECT; it differs by architecture. */
    static int directFlag() {
        return X86 ? 0x4000 : 0x10000;
    }

    static long mmap(long address, long bytes, int prot, int flags, long descriptor, long offset) {
        return call(9, 222, address, bytes, prot, flags, descriptor, offset);
    }

    static long munmap(long address, long bytes) {
        return call(11, 215, address, bytes, 0, 0, 0, 0);
    }

    static long mprotect(long address, long bytes, int prot) {
        return call(10, 226, address, bytes, prot, 0, 0, 0);
    }

    static long madvise(long address, long bytes, int advice) {
        return call(28, 233, address, bytes, advice, 0, 0, 0);
    }

    /** Calls mremap to exactly {@code to}; a mapping there is replaced. */
    static long mremap(long from, long bytes, long to) {
        return call(25, 216, from, bytes, bytes, MREMAP_MAYMOVE_FIXED, to, 0);
    }

    static long ioctl(long descriptor, long request, long argument) {
        return call(16, 29, descriptor, request, argument, 0, 0, 0);
    }

    static long memfdCreate(long name, int flags) {
        return call(319, 279, name, flags, 0, 0, 0, 0);
    }

    static long memfdSecret() {
        return call(447, 447, 0, 0, 0, 0, 0, 0);
    }

    static long open(long path, int flags, int mode) {
        return call(257, 56, AT_FDCWD, path, flags, mode, 0, 0);
    }

    static long close(long descriptor) {
        return call(3, 57, descriptor, 0, 0, 0, 0, 0);
    }

    static long truncate(long descriptor, long bytes) {
        return call(77, 46, descriptor, bytes, 0, 0, 0, 0);
    }

    static long sync(long descriptor) {
        return call(74, 82, descriptor, 0, 0, 0, 0, 0);
    }

    static long addSeals(long descriptor, int seals) {
        return call(72, 25, descriptor, F_ADD_SEALS, seals, 0, 0, 0);
    }

    static long read(long descriptor, long address, long bytes) {
        return call(0, 63, descriptor, address, bytes, 0, 0, 0);
    }

    static long pread(long descriptor, long address, long bytes, long position) {
        return call(17, 67, descriptor, address, bytes, position, 0, 0);
    }

    static long pwrite(long descriptor, long address, long bytes, long position) {
        return call(18, 68, descriptor, address, bytes, position, 0, 0);
    }

    static long pipe(long pairOfInts) {
        return call(293, 59, pairOfInts, 0, 0, 0, 0, 0);
    }

    static long vmsplice(long descriptor, long vector, int vectors) {
        return call(278, 75, descriptor, vector, vectors, 0, 0, 0);
    }

    /** Copies between this process and {@code pid}: the local vector is filled from the remote one. */
    static long processVmRead(long pid, long local, long remote) {
        return call(310, 270, pid, local, 1, remote, 1, 0);
    }

    static long processVmWrite(long pid, long local, long remote) {
        return call(311, 271, pid, local, 1, remote, 1, 0);
    }

    static long ioUringSetup(int entries, long parameters) {
        return call(425, 425, entries, parameters, 0, 0, 0, 0);
    }

    static long ioUringEnter(long ring, int submit, int complete, int flags) {
        return call(426, 426, ring, submit, complete, flags, 0, 0);
    }

    static long ioUringRegister(long ring, int what, long argument, int count) {
        return call(427, 427, ring, what, argument, count, 0, 0);
    }
}
