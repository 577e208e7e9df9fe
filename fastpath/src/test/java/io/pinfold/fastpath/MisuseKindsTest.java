package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.StaleHandleException;
import io.pinfold.core.gup.WrongKindException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SharedMemory;
import java.lang.foreign.Arena;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Each kind of misuse through the public API: what a caller catches, and the values that its message has. */
class MisuseKindsTest {
    private static final long BYTES = 16L << 20;
    private static final int PAGE = 4096;
    private static final long GRANULE = 512L * PAGE;

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(BYTES).withDeviceBytes(4 * GRANULE));
    private final FrameHandles handles = memory.handles();
    private final GupSession session = GupSession.open(memory);

    private static void refused(ThrowingCallable call, Class<? extends MisuseException> kind, String... values) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).isExactlyInstanceOf(kind).hasMessageContainingAll(values);
    }

    private AddressSpace mapped(int pages) {
        AddressSpace space = AddressSpace.create(memory);
        long _ = space.mmap(PAGE, (long) pages * PAGE, Prot.READ_WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
        return space;
    }

    private PageBatch<Hold.Pin> pinned(AddressSpace space, int pages) {
        PageBatch<Hold.Pin> batch = memory.newPageBatch(pages);
        assertThat(session.pinUserPagesFast(space, PAGE, pages, GupOptions.WRITE, batch)).isEqualTo(pages);
        return batch;
    }

    private void end() {
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    @Test
    void aClosedMemoryIsNamed() {
        PageBatch<?> batch = memory.newPageBatch(1);
        String name = Bridge.core(memory).toString();
        assertThat(name).matches("memory of " + BYTES + " bytes at 0x[0-9a-f]+");
        end();
        List<ThrowingCallable> calls = List.of(() -> GupSession.open(memory), () -> AddressSpace.create(memory),
                () -> SharedMemory.create(memory, PAGE), () -> memory.newPageBatch(1), () -> memory.newExtentBatch(1),
                () -> memory.putPages(Kinds.gets(batch)), () -> memory.unpinUserPages(Kinds.pins(batch)),
                () -> memory.page(1),
                () -> memory.use("late"), () -> MemoryAudit.check(memory), handles::allocate,
                () -> handles.put(FrameHandle.of(2, 0)), () -> session.tryGet(FrameHandle.of(2, 0)));
        for (ThrowingCallable call : calls) {
            refused(call, MemoryClosedException.class, name + " is closed");
        }
    }

    @Test
    void aHandleOfALifeThatIsOver() {
        long other = handles.allocate();
        long handle = handles.allocate();
        handles.put(handle);
        String frame = "frame " + FrameHandle.pfn(handle) + " of generation 0: the frame is in generation 1";
        refused(() -> handles.put(handle), StaleHandleException.class, "cannot put " + frame);
        refused(() -> handles.unpin(FrameHandle.toPin(handle)), StaleHandleException.class, "cannot unpin " + frame);
        refused(() -> handles.unpinDirty(FrameHandle.toPin(handle)), StaleHandleException.class,
                "cannot unpin " + frame);
        refused(() -> handles.unpinAll(new long[]{FrameHandle.toPin(handle)}), StaleHandleException.class,
                "cannot unpin " + frame);
        refused(() -> handles.tryRecycle(handle), StaleHandleException.class, "cannot recycle " + frame);
        refused(() -> handles.tryFreeze(handle), StaleHandleException.class, "cannot freeze " + frame);
        refused(() -> handles.unfreeze(handle), StaleHandleException.class, "cannot unfreeze " + frame);
        refused(() -> handles.free(handle), StaleHandleException.class, "cannot free " + frame);
        refused(() -> handles.view(handle, Arena.global()), StaleHandleException.class, "cannot view " + frame);
        refused(() -> handles.beginWrite(handle), StaleHandleException.class, "cannot write to " + frame);
        refused(() -> handles.endWrite(handle, 1), StaleHandleException.class, "cannot end a write to " + frame);
        handles.put(other);
        end();
    }

    @Test
    void aReleaseTooMany() {
        AddressSpace space = mapped(2);
        PageBatch<?> batch = pinned(space, 2);
        memory.unpinUserPagesDirtyLock(Kinds.pins(batch), 1, 1, true);
        refused(() -> memory.unpinUserPagesDirtyLock(Kinds.pins(batch), 0, 2, true), DoubleReleaseException.class,
                "page 1 of " + batch + " was given back before");
        memory.unpinUserPages(Kinds.pins(batch));
        refused(() -> memory.unpinUserPages(Kinds.pins(batch)), DoubleReleaseException.class, batch.toString(),
                Bridge.core(memory).toString(),
                "holds nothing (released before?)");
        refused(() -> memory.putPages(Kinds.gets(batch)), DoubleReleaseException.class, batch.toString());

        long handle = handles.allocate();
        String frame = " frame " + FrameHandle.pfn(handle) + " of generation ";
        assertThat(handles.tryFreeze(handle)).isTrue();
        refused(() -> handles.tryFreeze(handle), DoubleReleaseException.class, frame, "frozen or freed before");
        refused(() -> handles.put(handle), DoubleReleaseException.class, frame, "it has 0 references");
        handles.free(handle);
        refused(() -> handles.free(handle), StaleHandleException.class, frame, "the frame is in generation 1");
        space.close();
        end();
    }

    @Test
    void aPagemapIsRemovedOnce() {
        DevPagemap pagemap = memory.pagemaps()
                .add(DevPagemapOptions.of(DevPagemapType.GENERIC, memory.deviceStart(), 512));
        refused(pagemap::awaitDone, MisuseException.class, "was not killed");
        refused(pagemap::close, MisuseException.class, pagemap.toString());
        pagemap.remove();
        refused(pagemap::kill, DoubleReleaseException.class, "killed twice", "exited");
        refused(pagemap::close, DoubleReleaseException.class, pagemap.toString());
        end();
    }

    @Test
    void theOtherKindOfHold() {
        AddressSpace space = mapped(2);
        PageBatch<?> pins = pinned(space, 2);
        refused(() -> memory.putPages(Kinds.gets(pins)), WrongKindException.class, pins.toString(), "holds 2 pins");
        ExtentBatch<?> gets = memory.newExtentBatch(2);
        assertThat(session.getUserPagesFast(space, PAGE, 1, GupOptions.WRITE, Kinds.gets(gets))).isOne();
        refused(() -> memory.unpinUserPages(Kinds.pins(gets)), WrongKindException.class, gets.toString(),
                "holds 1 gets");

        long owned = handles.allocate();
        refused(() -> handles.unpin(owned), WrongKindException.class, "frame " + FrameHandle.pfn(owned),
                "it is a handle and no pin");
        refused(() -> handles.unpin(FrameHandle.toPin(owned)), WrongKindException.class,
                "frame " + FrameHandle.pfn(owned), "it has 1 references and no pin");
        long guest = handles.handleOf(pins.pfn(1));
        long pin = session.tryPin(guest);
        refused(() -> handles.put(pin), WrongKindException.class, "frame " + pins.pfn(1), "it is a pin");
        refused(() -> handles.put(guest), WrongKindException.class, "frame " + pins.pfn(1), "0 gets and 1 pins of it");
        handles.unpin(pin);
        refused(() -> handles.put(guest), DoubleReleaseException.class, "0 gets and 0 pins of it");
        handles.put(owned);
        memory.putPages(Kinds.gets(gets));
        memory.unpinUserPages(Kinds.pins(pins));
        space.close();
        end();
    }

    @Test
    void batchesThatAreInUse() {
        AddressSpace space = mapped(2);
        PageBatch<Hold.Pin> batch = pinned(space, 2);
        refused(() -> session.pinUserPagesFast(space, PAGE, 1, GupOptions.READ, batch), MisuseException.class,
                batch + " cannot be filled: it holds 2 pins");
        refused(batch::close, MisuseException.class, batch + " cannot be closed while holding pins, 2 pages");
        refused(space::closeStrict, MisuseException.class, "address space " + space.id() + ": the page at 0x1000 is");
        space.close();
        refused(memory::close, MisuseException.class, Bridge.core(memory) + " cannot be closed, still out: page batch ",
                "2 pages");
        memory.unpinUserPages(batch);
        batch.close();
        refused(() -> memory.unpinUserPages(batch), MisuseException.class, batch + " cannot be unpinned: it is closed");
        end();
    }

    @Test
    void spacesSessionsAndObjectsThatAreClosed() {
        AddressSpace space = mapped(1);
        PageBatch<?> batch = memory.newPageBatch(1);
        MmapGuard guard = space.readLock();
        guard.close();
        refused(() -> space.getUserPages(guard, PAGE, 1, GupOptions.READ, Kinds.gets(batch)), MisuseException.class,
                "no longer holds mmap_lock of address space " + space.id());
        Cpu cpu = space.openCpu();
        refused(space::closeStrict, MisuseException.class, "address space " + space.id() + " still has 1 open Cpu(s)");
        SharedMemory object = SharedMemory.create(memory, PAGE);
        object.close();
        refused(() -> space.mmap(0, PAGE, Prot.READ, MapFlags.SHARED, object, 0), MisuseException.class,
                "shared memory " + object.id() + " is closed");
        space.close();
        String closed = "address space " + space.id() + " is closed";
        refused(space::mappings, MisuseException.class, closed);
        refused(() -> cpu.loadByte(PAGE), MisuseException.class, closed);
        refused(() -> session.pinUserPagesFast(space, PAGE, 1, GupOptions.READ, Kinds.pins(batch)),
                MisuseException.class, closed);
        session.close();
        refused(() -> session.pinUserPagesFast(space, PAGE, 1, GupOptions.READ, Kinds.pins(batch)),
                MisuseException.class, "walker slot ",
                Bridge.core(memory).toString());
        refused(() -> session.tryPin(FrameHandle.of(2, 0)), MisuseException.class, "walker slot ",
                Bridge.core(memory).toString());
        cpu.close();
        end();
    }
}
