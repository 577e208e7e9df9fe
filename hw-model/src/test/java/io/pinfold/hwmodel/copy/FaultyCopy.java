package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageFlags;
import io.pinfold.fastpath.GupSession;
import io.pinfold.hwmodel.dma.DmaEngine;
import io.pinfold.hwmodel.dma.DmaStats;
import io.pinfold.hwmodel.dma.EngineThread;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One copy by the real driver and the real engine between two {@link FaultyDevices}, and the conditions that hold
 * however it ends: no DMA reached a frame that was not pinned, none came after the driver's end, pages that the devices
 * wrote are dirty, and nothing is held.
 *
 * @param bytes       to copy
 * @param batchPages  pages of a chunk
 * @param windows     chunks in flight
 * @param fault       kind of the fault
 * @param faultyChunk chunk of the fault
 * @param seed        of the bytes
 */
record FaultyCopy(int bytes, int batchPages, int windows, FaultyDevices.Fault fault, int faultyChunk, long seed) {

    private static final long MEMORY = 16L << 20;

    /**
     * Runs the copy, checks the conditions, and returns the transfers that were under way when the driver had noticed
     * the fault.
     */
    int run() {
        byte[] content = new byte[bytes];
        new SplittableRandom(seed).nextBytes(content);
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(MEMORY));
        int late;
        try (AddressSpace user = AddressSpace.create(memory); Cpu cpu = user.openCpu();
                GupSession session = GupSession.open(memory)) {
            late = run(content, memory, user, cpu, session);
        }
        assertThat(memory.vmStat().nrFollPinAcquired()).as("I3").isEqualTo(memory.vmStat().nrFollPinReleased());
        assertThat(MemoryAudit.checkIdle(memory)).as("%s", this).isEmpty();
        memory.close();
        return late;
    }

    private int run(byte[] content, PhysicalMemory memory, AddressSpace user, Cpu cpu, GupSession session) {
        Window[] all = new Window[windows];
        for (int i = 0; i < windows; i++) {
            long at = user.mmap(0, (long) batchPages << 12, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
            all[i] = new Window(memory, i, at, batchPages);
        }
        Thread driver = Thread.currentThread();
        AtomicReference<@Nullable Copier> copier = new AtomicReference<>();
        AtomicBoolean ended = new AtomicBoolean();
        AtomicReference<@Nullable Throwable> engineFailure = new AtomicReference<>();
        DmaEngine engine = DmaEngine.open(memory, "faulty", 2 * windows);
        FaultyDevices devices = new FaultyDevices(content, batchPages << 12, fault, faultyChunk, memory,
                // While a transfer is under way only a driver that unwinds has closed every gate; then it parks, or
                // ends.
                () -> ended.get() || areClosed(all) && LockSupport.getBlocker(driver) == copier.get(),
                chunks -> windows == 1 || engine.stats().submitted() >= 2L * chunks);
        String detail = "";
        EngineThread thread = EngineThread.start(engine, engineFailure::set);
        try {
            engine.onInterrupt(() -> LockSupport.unpark(driver));
            Copier made = copier(memory, user, new Acquirer(memory, user, session, cpu, Lifetime.PIN), engine, all,
                    devices);
            copier.set(made);
            made.copy(bytes);
        } catch (CopyFailedException e) {
            detail = String.valueOf(e.getMessage());
        } finally {
            ended.set(true); // a transfer that is still under way continues now
            thread.close();
        }
        check(content, memory, devices, engine.stats(), detail);
        assertThat(engineFailure.get()).as("%s", this).isNull();
        for (Window window : all) {
            window.close();
        }
        return devices.late();
    }

    private Copier copier(PhysicalMemory memory, AddressSpace user, Acquirer acquirer, DmaEngine engine, Window[] all,
            FaultyDevices devices) {
        Path nowhere = Path.of("nowhere");
        CopyOptions options = new CopyOptions(nowhere, nowhere, batchPages, 0, MEMORY, Lifetime.PIN, seed);
        Rivals none = new Rivals(memory, user, all, options, 0, () -> {
        });
        return new Copier(user, acquirer, engine, all, none, false, new FrameHistory(memory), devices.source(),
                devices.target(), devices::isCancelled, done -> {
                });
    }

    private static boolean areClosed(Window[] windows) {
        for (Window window : windows) {
            if (!window.gate.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private void check(byte[] content, PhysicalMemory memory, FaultyDevices devices, DmaStats stats, String detail) {
        assertThat(devices.problems()).as("%s", this).isEmpty();
        assertThat(stats.stale()).as("%s", this).isZero();
        assertThat(stats.completed()).as("%s", this).isEqualTo(stats.submitted());
        if (devices.hasFailed()) {
            assertThat(detail).as("%s", this).containsAnyOf("bad block", "it has shrunk", "interrupted after");
        } else {
            assertThat(detail).as("%s", this).isEmpty();
            assertThat(devices.copied()).as("%s", this).isEqualTo(content);
        }
        for (long pfn : devices.written()) {
            PageInfo page = memory.page(pfn);
            assertThat(page.mapCount()).as("%s: mapped as before, %s", this, page).isOne();
            assertThat(page.flags() & PageFlags.DIRTY).as("%s: the device wrote to %s", this, page).isNotZero();
            assertThat(page.maybePinned()).as("%s: %s", this, page).isFalse();
        }
    }
}
