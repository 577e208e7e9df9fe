package io.pinfold.hwmodel.conformance;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.words.Words;

/** The running kernel: this process, with a window of its address space that no other code uses. */
final class KernelSide implements Side {

    private static final byte REMOTE_FILL = 'P';

    private final KernelHost host;
    private final Scratch scratch;
    private final Kernel kernel;
    private final long window;
    private final Span[][] tables = new Span[RINGS][];
    private final long pinnedKbBefore;
    private long file = -1;
    private long pipeRead = -1;
    private long pipeWrite = -1;

    KernelSide(KernelHost host) {
        this.host = host;
        scratch = host.scratch();
        kernel = host.kernel();
        window = host.nextWindow();
        pinnedKbBefore = Kernel.pinnedKb();
    }

    @Override
    public long window() {
        return window;
    }

    @Override
    public int map(long address, int pages, int prot, Backing backing) {
        long bytes = bytes(pages);
        int flags = MapFlags.FIXED | switch (backing) {
            case PRIVATE, HUGE -> MapFlags.PRIVATE | MapFlags.ANONYMOUS | LinuxCalls.MAP_NORESERVE;
            case SHARED -> MapFlags.SHARED;
            case OBJECT -> MapFlags.PRIVATE | LinuxCalls.MAP_NORESERVE; // accounted and other memory must not merge
            case RESERVED -> MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.HUGETLB | MapFlags.HUGE_2MB;
        };
        boolean isFile = backing == Backing.SHARED || backing == Backing.OBJECT;
        long result = LinuxCalls.mmap(address, bytes, prot, flags, isFile ? file() : -1,
                isFile ? bytes(Side.filePage(address - window)) : 0);
        if (result < 0) {
            return (int) result;
        }
        if (backing == Backing.HUGE) {
            return (int) LinuxCalls.madvise(address, bytes, AddressSpace.MADV_HUGEPAGE);
        }
        if (backing == Backing.PRIVATE) { // base pages, whatever the setting; refused without THP
            long _ = LinuxCalls.madvise(address, bytes, AddressSpace.MADV_NOHUGEPAGE);
        }
        return 0;
    }

    private long file() {
        if (file < 0) {
            file = scratch.memoryFile(bytes(SHARED_PAGES));
        }
        return file;
    }

    private static long bytes(int pages) {
        return (long) pages * Scratch.PAGE_BYTES;
    }

    @Override
    public int unmap(long address, int pages) {
        return (int) LinuxCalls.munmap(address, bytes(pages));
    }

    @Override
    public int protect(long address, int pages, int prot) {
        return (int) LinuxCalls.mprotect(address, bytes(pages), prot);
    }

    @Override
    public int discard(long address, int pages) {
        return (int) LinuxCalls.madvise(address, bytes(pages), AddressSpace.MADV_DONTNEED);
    }

    @Override
    public int advise(long address, int pages, boolean huge) {
        return (int) LinuxCalls.madvise(address, bytes(pages),
                huge ? AddressSpace.MADV_HUGEPAGE : AddressSpace.MADV_NOHUGEPAGE);
    }

    @Override
    public int populate(long address, int pages, boolean write) {
        return (int) LinuxCalls.madvise(address, bytes(pages),
                write ? LinuxCalls.MADV_POPULATE_WRITE : LinuxCalls.MADV_POPULATE_READ);
    }

    @Override
    public int store(long address, byte value) {
        return scratch.store(address, value);
    }

    @Override
    public int load(long address) {
        return scratch.load(address);
    }

    @Override
    public long frame(long address) {
        return kernel.frame(address);
    }

    @Override
    public int mapCount(long frame) {
        return kernel.mapCount(frame);
    }

    @Override
    public boolean isZeroPage(long frame) {
        return kernel.isZeroPage(frame);
    }

    @Override
    public boolean isHuge(long frame) {
        return kernel.isHuge(frame);
    }

    @Override
    public boolean isLeaf(long address) {
        return kernel.isLeaf(address);
    }

    @Override
    public int mappings() {
        return Kernel.mappings(window, window + KernelHost.WINDOW_BYTES);
    }

    @Override
    public int register(int ring, Span... buffers) {
        int result = host.ring(ring).register(buffers);
        if (result == 0) {
            tables[ring] = buffers;
        }
        return result;
    }

    @Override
    public int unregister(int ring) {
        tables[ring] = new Span[0];
        return host.ring(ring).unregister();
    }

    @Override
    public int deviceLoad(int ring, int buffer, int page) {
        return host.ring(ring).deviceLoad(buffer, tables[ring][buffer].address() + bytes(page));
    }

    @Override
    public int deviceStore(int ring, int buffer, int page, byte value) {
        return host.ring(ring).deviceStore(buffer, tables[ring][buffer].address() + bytes(page), value);
    }

    @Override
    public long pinnedKb() {
        return Kernel.pinnedKb() - pinnedKbBefore;
    }

    @Override
    public long processVm(Span span, boolean write) {
        long pid = ProcessHandle.current().pid();
        long local = scratch.localVector(span.bytes());
        Words.fill(scratch.buffer(), span.bytes(), REMOTE_FILL);
        long remote = scratch.vectors(span);
        return write ? LinuxCalls.processVmWrite(pid, local, remote) : LinuxCalls.processVmRead(pid, local, remote);
    }

    @Override
    public int throughMem(long address, boolean write, byte value) {
        long mem = Scratch.require("open of /proc/self/mem",
                LinuxCalls.open(scratch.text("/proc/self/mem"), LinuxCalls.O_RDWR, 0));
        try {
            if (write) {
                Words.fill(scratch.buffer(), Scratch.PAGE_BYTES, value);
                return notHad(LinuxCalls.pwrite(mem, scratch.buffer(), Scratch.PAGE_BYTES, address));
            }
            int result = notHad(LinuxCalls.pread(mem, scratch.buffer(), Scratch.PAGE_BYTES, address));
            return result < 0 ? result : scratch.content();
        } finally {
            Scratch.require("close", LinuxCalls.close(mem));
        }
    }

    /** Returns 0 or the errno; the file returns EIO for every reason why a page is not available. */
    private static int notHad(long result) {
        return result == -Shown.EIO ? -Errno.EFAULT : (int) Math.min(0, result);
    }

    @Override
    public long splice(long address, int pages) {
        Scratch.require("pipe2", LinuxCalls.pipe(scratch.buffer()));
        pipeRead = Words.getInt(scratch.buffer());
        pipeWrite = Words.getInt(scratch.buffer() + Integer.BYTES);
        long n = LinuxCalls.vmsplice(pipeWrite, scratch.vectors(Span.ofPages(address, pages)), 1);
        if (n < 0) {
            closePipe();
        }
        return n;
    }

    @Override
    public int drain() {
        long n = LinuxCalls.read(pipeRead, scratch.buffer(), Scratch.PAGE_BYTES);
        closePipe();
        return n < 0 ? (int) n : scratch.content();
    }

    private void closePipe() {
        Scratch.require("close", LinuxCalls.close(pipeRead));
        Scratch.require("close", LinuxCalls.close(pipeWrite));
        pipeRead = -1;
    }

    @Override
    public long direct(Span span, boolean read) {
        return read ? LinuxCalls.pread(disk().descriptor(), span.address(), span.bytes(), 0)
                : LinuxCalls.pwrite(disk().descriptor(), span.address(), span.bytes(), DiskFile.BYTES / 2);
    }

    @Override
    public Pins pins() {
        return Kernel.pins();
    }

    @Override
    public boolean isFileHeld() {
        return LinuxCalls.addSeals(file(), LinuxCalls.F_SEAL_WRITE) < 0; // refused while a writer may remain
    }

    // ---- calls that the library lacks

    /** Maps and fills pages of secret memory, which only this process can access; returns 0 or a negated errno. */
    int mapSecret(long address, int pages) {
        long secret = LinuxCalls.memfdSecret();
        if (secret < 0) {
            return (int) secret;
        }
        Scratch.require("ftruncate", LinuxCalls.truncate(secret, bytes(pages)));
        long result = LinuxCalls.mmap(address, bytes(pages), Prot.READ_WRITE, MapFlags.FIXED | MapFlags.SHARED, secret,
                0);
        Scratch.require("close", LinuxCalls.close(secret));
        return (int) Math.min(0, result);
    }

    /** Maps the beginning of the file on disk. */
    int mapDisk(long address, int pages, boolean shared) {
        int flags = MapFlags.FIXED | (shared ? MapFlags.SHARED : MapFlags.PRIVATE);
        return (int) Math.min(0,
                LinuxCalls.mmap(address, bytes(pages), Prot.READ_WRITE, flags, disk().descriptor(), 0));
    }

    /** Calls madvise with MADV_COLLAPSE. */
    int collapse(long address, int pages) {
        return (int) LinuxCalls.madvise(address, bytes(pages), LinuxCalls.MADV_COLLAPSE);
    }

    /** Advises huge pages for a range (MADV_HUGEPAGE). */
    int adviseHuge(long address, int pages) {
        return (int) LinuxCalls.madvise(address, bytes(pages), AddressSpace.MADV_HUGEPAGE);
    }

    /** Moves a mapping to another place of the window by mremap. */
    int move(long from, int pages, long to) {
        return (int) Math.min(0, LinuxCalls.mremap(from, bytes(pages), to));
    }

    private DiskFile disk() {
        DiskFile disk = host.disk();
        if (disk == null) {
            throw new IllegalStateException("there is no file for direct I/O");
        }
        return disk;
    }

    @Override
    public void close() {
        for (int ring = 0; ring < RINGS; ring++) {
            if (tables[ring] != null && tables[ring].length > 0) {
                Scratch.require("unregister", unregister(ring));
            }
        }
        if (pipeRead >= 0) {
            closePipe();
        }
        Scratch.require("munmap", LinuxCalls.munmap(window, KernelHost.WINDOW_BYTES));
        if (file >= 0) {
            Scratch.require("close", LinuxCalls.close(file));
        }
    }
}
