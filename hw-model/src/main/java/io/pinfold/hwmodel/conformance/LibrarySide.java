package io.pinfold.hwmodel.conformance;

import static io.pinfold.core.kernel.FollFlags.FOLL_FORCE;
import static io.pinfold.core.kernel.FollFlags.FOLL_LONGTERM;
import static io.pinfold.core.kernel.FollFlags.FOLL_WRITE;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.core.mm.SharedMemory;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * The library: a memory and an address space of its own for each story. Its callers do what the kernel's callers do: a
 * ring pins for long and for writing and gives all back unless it gets all, direct I/O pins, vmsplice and
 * /proc/self/mem get.
 */
final class LibrarySide implements Side {

    private static final long RAM_BYTES = 128L << 20;
    private static final byte REMOTE_FILL = 'P';

    private final long window;
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM_BYTES));
    private final AddressSpace space = AddressSpace.create(memory);
    private final Cpu cpu = space.openCpu();
    private final GupSession session = GupSession.open(memory);
    private final LibraryDevice device = new LibraryDevice(memory);
    private final SharedMemory file = SharedMemory.create(memory, (long) SHARED_PAGES * Scratch.PAGE_BYTES);
    private final List<List<LibraryDevice.Buffer>> tables = new ArrayList<>();
    private final long[] chargedKb = new long[RINGS];
    private final MergedPins merged = new MergedPins();
    private @Nullable PageBatch<Hold.Get> pipe;

    /**
     * Opens a side.
     *
     * @param window where the story's window lies: the same as on the other side, so that both sides use the same
     *               addresses
     */
    LibrarySide(long window) {
        this.window = window;
        for (int ring = 0; ring < RINGS; ring++) {
            tables.add(new ArrayList<>());
        }
    }

    PhysicalMemory memory() {
        return memory;
    }

    @Override
    public long window() {
        return window;
    }

    @Override
    public int map(long address, int pages, int prot, Backing backing) {
        long bytes = bytes(pages);
        long result = switch (backing) {
            case PRIVATE, HUGE -> space.mmap(address, bytes, prot,
                    MapFlags.FIXED | MapFlags.PRIVATE | MapFlags.ANONYMOUS);
            case SHARED -> space.mmap(address, bytes, prot, MapFlags.FIXED | MapFlags.SHARED, file,
                    Side.filePage(address - window));
            case OBJECT -> space.mmap(address, bytes, prot, MapFlags.FIXED | MapFlags.PRIVATE, file,
                    Side.filePage(address - window));
            case RESERVED -> space.mmap(address, bytes, prot,
                    MapFlags.FIXED | MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.HUGETLB | MapFlags.HUGE_2MB);
        };
        if (result < 0) {
            return (int) result;
        }
        return switch (backing) {
            case HUGE -> advise(address, pages, true);
            case PRIVATE -> advise(address, pages, false); // as on the other side
            default -> 0;
        };
    }

    private static long bytes(int pages) {
        return (long) pages * Scratch.PAGE_BYTES;
    }

    @Override
    public int unmap(long address, int pages) {
        return space.munmap(address, bytes(pages));
    }

    @Override
    public int protect(long address, int pages, int prot) {
        return space.mprotect(address, bytes(pages), prot);
    }

    @Override
    public int discard(long address, int pages) {
        return space.madvise(address, bytes(pages), AddressSpace.MADV_DONTNEED);
    }

    @Override
    public int advise(long address, int pages, boolean huge) {
        return space.madvise(address, bytes(pages),
                huge ? AddressSpace.MADV_HUGEPAGE : AddressSpace.MADV_NOHUGEPAGE);
    }

    /** Populates a range by the slow path without a list, which faults pages in and holds none, as the advice does. */
    @Override
    public int populate(long address, int pages, boolean write) {
        try (MmapGuard guard = space.readLock()) {
            return Math.min(0, Gup.getUserPages(space, guard, address, pages, write ? FOLL_WRITE : 0, null));
        }
    }

    @Override
    public int store(long address, byte value) {
        try {
            cpu.fill(address, Scratch.PAGE_BYTES, value);
            return 0;
        } catch (SegmentationFault e) {
            return -Errno.EFAULT;
        } catch (OutOfFramesException e) {
            return -Errno.ENOMEM;
        }
    }

    @Override
    public int load(long address) {
        byte[] page = new byte[Scratch.PAGE_BYTES];
        try {
            cpu.copyOut(address, page, 0, page.length);
            return Shown.content(page, page.length);
        } catch (SegmentationFault e) {
            return -Errno.EFAULT;
        } catch (OutOfFramesException e) {
            return -Errno.ENOMEM;
        }
    }

    @Override
    public long frame(long address) {
        return space.frameAt(address);
    }

    @Override
    public int mapCount(long frame) {
        return memory.page(frame).mapCount();
    }

    @Override
    public boolean isZeroPage(long frame) {
        return frame == memory.zeroPfn() || isHugeZero(frame);
    }

    private boolean isHugeZero(long frame) {
        long first = Bridge.core(memory).hugeZero().pfn();
        return first != 0 && frame >= first && frame < first + HUGE_PAGES;
    }

    @Override
    public boolean isHuge(long frame) {
        return frame != 0 && memory.page(memory.page(frame).head()).pages() == HUGE_PAGES;
    }

    @Override
    public boolean isLeaf(long address) {
        return Entry.isHuge(space.entryAt(address));
    }

    @Override
    public int mappings() {
        return space.mappings();
    }

    @Override
    public int register(int ring, Span... buffers) {
        List<LibraryDevice.Buffer> table = tables.get(ring);
        if (!table.isEmpty()) {
            return -Errno.EBUSY;
        }
        LongHashSet heads = new LongHashSet();
        for (Span span : buffers) {
            PageBatch<Hold.Pin> batch = memory.newPageBatch(span.pages());
            int n = pin(span, FOLL_WRITE | FOLL_LONGTERM, batch);
            if (n < span.pages()) {
                if (n > 0) {
                    memory.unpinUserPages(batch);
                }
                releaseTable(ring);
                return n < 0 ? n : -Errno.EFAULT;
            }
            chargedKb[ring] += LibraryDevice.chargedKb(batch, heads);
            merged.registered(ring, batch, memory);
            table.add(LibraryDevice.Buffer.of(batch));
        }
        return 0;
    }

    private int pin(Span span, int flags, PageBatch<Hold.Pin> batch) {
        return FastGup.pinUserPagesFast(session, space, span.address(), span.pages(), flags, batch);
    }

    private void releaseTable(int ring) {
        tables.get(ring).forEach(buffer -> memory.unpinUserPagesDirtyLock(buffer.batch(), true));
        tables.get(ring).clear();
        chargedKb[ring] = 0;
        merged.unregistered(ring);
    }

    @Override
    public int unregister(int ring) {
        releaseTable(ring);
        return 0;
    }

    @Override
    public int deviceLoad(int ring, int buffer, int page) {
        return device.load(tables.get(ring).get(buffer), page);
    }

    @Override
    public int deviceStore(int ring, int buffer, int page, byte value) {
        device.store(tables.get(ring).get(buffer), page, value);
        return 0;
    }

    @Override
    public long pinnedKb() {
        return Arrays.stream(chargedKb).sum();
    }

    @Override
    public long processVm(Span span, boolean write) {
        PageBatch<Hold.Pin> batch = memory.newPageBatch(span.pages());
        int n;
        try (MmapGuard guard = space.readLock()) {
            n = Gup.pinUserPagesRemote(space, guard, span.address(), span.pages(), write ? FOLL_WRITE : 0, batch);
        }
        if (n <= 0) {
            return n;
        }
        int _ = device.move(batch, n, write, REMOTE_FILL);
        memory.unpinUserPagesDirtyLock(batch, write);
        return Math.min(span.bytes(), bytes(n));
    }

    @Override
    public int throughMem(long address, boolean write, byte value) {
        PageBatch<Hold.Get> batch = memory.newPageBatch(1);
        int n;
        try (MmapGuard guard = space.readLock()) {
            n = Gup.getUserPagesRemote(space, guard, address, 1, write ? FOLL_FORCE | FOLL_WRITE : FOLL_FORCE, batch);
        }
        if (n < 0) {
            return n;
        }
        int content = device.move(batch, 1, write, value);
        memory.putPages(batch);
        return write ? 0 : content;
    }

    @Override
    public long splice(long address, int pages) {
        PageBatch<Hold.Get> batch = memory.newPageBatch(pages);
        int n = session.getUserPagesFast(space, address, pages, GupOptions.READ, batch);
        if (n < 0) {
            return n;
        }
        pipe = batch;
        return bytes(n);
    }

    @Override
    public int drain() {
        PageBatch<Hold.Get> held = pipe;
        if (held == null) {
            return -Errno.EFAULT;
        }
        int content = device.move(held, 1, false, (byte) 0);
        memory.putPages(held);
        pipe = null;
        return content;
    }

    @Override
    public long direct(Span span, boolean read) {
        PageBatch<Hold.Pin> batch = memory.newPageBatch(span.pages());
        int n = pin(span, read ? FOLL_WRITE : 0, batch);
        if (n < 0) {
            return n;
        }
        int _ = device.move(batch, n, read, DiskFile.FILL);
        memory.unpinUserPagesDirtyLock(batch, read);
        return n == span.pages() ? span.bytes() : bytes(n);
    }

    @Override
    public Pins pins() {
        VmStat stat = memory.vmStat();
        return new Pins(stat.nrFollPinAcquired(), stat.nrFollPinReleased());
    }

    @Override
    public Pins mergedPins() {
        return merged.of(memory.vmStat());
    }

    @Override
    public boolean isFileHeld() {
        for (int i = 0; i < SHARED_PAGES; i++) {
            long frame = file.frameOf(i);
            if (frame != 0 && memory.page(frame).refCount() > 1) {
                return true;
            }
        }
        return false;
    }

    /** Ends the story, and checks that everything came back. */
    @Override
    public void close() {
        for (int ring = 0; ring < RINGS; ring++) {
            releaseTable(ring);
        }
        if (pipe != null) {
            memory.putPages(pipe);
        }
        cpu.close();
        space.close();
        boolean _ = memory.shrinkHugeZero();
        file.close();
        session.close();
        device.close();
        List<MemoryAudit.Finding> findings = MemoryAudit.checkIdle(memory);
        if (!findings.isEmpty()) {
            throw new IllegalStateException("left behind: " + findings);
        }
        memory.close();
    }
}
