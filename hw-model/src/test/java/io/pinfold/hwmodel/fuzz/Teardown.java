package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryLease;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.mm.HugetlbMemory;
import io.pinfold.core.mm.SharedMemory;
import io.pinfold.core.mm.SpaceAudit;
import io.pinfold.fastpath.GupSessionPool;
import io.pinfold.fastpath.PinnedRange;
import io.pinfold.hwmodel.device.DaxFile;
import io.pinfold.hwmodel.device.PrivateMemory;
import io.pinfold.hwmodel.device.ZoneDevice;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;

/** The end of a round: holds given back, audit, everything closed, audit, memory closed. Every refusal is a finding. */
final class Teardown {
    private static final List<Class<?>> SHARED = List.of(GupSessionPool.class, MemoryLease.class, AddressSpace.class,
            SharedMemory.class, HugetlbMemory.class, DeviceObject.class, DaxFile.class, PrivateMemory.class);

    private final Actor actor;
    private final World world;
    private final PhysicalMemory memory;

    Teardown(Actor actor) {
        this.actor = actor;
        this.world = actor.world;
        this.memory = world.memory;
    }

    void releaseHolds() {
        drain(world.live(PinnedRange.class));
        for (Actor one : world.actors) {
            for (Class<?> type : List.of(PageBatch.class, ExtentBatch.class)) {
                one.own(type).all().forEach(batch -> attempt("batch", () -> release((Batch<?>) batch)));
            }
        }
        FrameHandles handles = memory.handles();
        each("get", world.gets, handles::put);
        each("pin", world.pins, handles::unpin);
        each("pin of its own", world.lonePins, handles::unpin);
        each("frozen frame", world.frozen, handles::free);
        each("owner", world.owners, handles::put);
        each("hold of its own", world.lone, handle -> {
            if (memory.page(FrameHandle.pfn(handle)).refCount() == 0) {
                handles.unfreeze(handle);
            }
            handles.put(handle);
        });
        world.referenced.all().forEach(page -> attempt("device page", () -> page.device().putPage(page.pfn())));
    }

    private void release(Batch<?> batch) {
        if (batch.isHeld()) {
            int _ = batch.isPinned() ? batch.memory().unpinUserPages(Kinds.pins(batch))
                    : batch.memory().putPages(Kinds.gets(batch));
        }
    }

    private void each(String what, Pool<Long> pool, LongConsumer end) {
        pool.all().forEach(handle -> attempt(what + " of handle", () -> end.accept(handle)));
    }

    void closeAll() {
        releaseHoldsOfEndedCalls();
        audit("after the holds were given back", false);
        SHARED.forEach(type -> drain(world.live(type)));
        world.killed.all().forEach(pagemap -> attempt("pagemap", () -> {
            if (isFree(pagemap)) {
                pagemap.close();
            }
        }));
        for (Object one : world.live(DevPagemap.class).all()) {
            attempt("pagemap", ((DevPagemap) one)::remove);
        }
        for (Object one : world.live(ZoneDevice.class).all()) {
            world.unplugging.add((ZoneDevice) one);
        }
        world.permanent.forEach(world.unplugging::add);
        world.unplugging.all().forEach(device -> attempt("device", () -> {
            device.startUnplug();
            if (isFree(device.pagemap())) {
                device.close();
            }
        }));
        attempt("huge zero page", memory::shrinkHugeZero);
        audit("after everything was closed", true);
        attempt("memory", memory::close);
        attempt("other memory's audit", () -> report("of the other memory", MemoryAudit.check(world.other)));
        lookAtKeptWindows();
    }

    /** Whether the end of the device does not wait; everything was given back, so it must not. */
    private boolean isFree(DevPagemap pagemap) {
        boolean isFree = pagemap.step();
        if (!isFree && !world.isDeepRound) {
            actor.findings.add("a device that is held for ever", pagemap.toString(), null);
        }
        return isFree;
    }

    /** Batches that a call filled while holds were given back. */
    private void releaseHoldsOfEndedCalls() {
        for (Actor one : world.actors) {
            for (Class<?> type : List.of(PageBatch.class, ExtentBatch.class)) {
                drain(one.own(type));
            }
        }
    }

    private void drain(Pool<Object> pool) {
        for (Object one = pool.claim(actor.random); one != null; one = pool.claim(actor.random)) {
            if (one instanceof Batch<?> batch) {
                attempt("batch", () -> release(batch));
            }
            Closing.closeForGood(actor, one);
        }
    }

    private void audit(String when, boolean isIdle) {
        if (world.isDeepRound) {
            return; // counts may be wrong after a stack that ended in the middle of a call
        }
        if (!isIdle) {
            List<AddressSpace> spaces = world.live(AddressSpace.class).all().stream().map(AddressSpace.class::cast)
                    .filter(space -> space.memory() == memory && !space.isClosed()).toList();
            attempt("audit of spaces", () -> report(when, SpaceAudit.check(memory, spaces)));
        }
        attempt("audit", () -> report(when, isIdle ? MemoryAudit.checkIdle(memory) : MemoryAudit.check(memory)));
        VmStat stat = memory.vmStat();
        if (isIdle && stat.nrFollPinAcquired() != stat.nrFollPinReleased()) {
            actor.findings.add("pins",
                    stat.nrFollPinAcquired() + " acquired, " + stat.nrFollPinReleased() + " released",
                    null);
        }
    }

    private void report(String when, List<MemoryAudit.Finding> found) {
        if (!found.isEmpty()) {
            actor.findings.add("audit " + when + ": " + found.getFirst().kind(),
                    String.join("\n", found.stream().limit(8).map(Object::toString).toList()), null);
        }
    }

    /** A device that keeps its window after the transfer must not crash the JVM. */
    private void lookAtKeptWindows() {
        for (ByteBuffer window : world.kept) {
            try {
                byte _ = window.get(0);
            } catch (IllegalStateException | IndexOutOfBoundsException | WrongThreadException e) {
                continue; // refused by an exception
            }
        }
    }

    private void attempt(String what, Runnable end) {
        try {
            end.run();
        } catch (Throwable e) {
            if (!world.isDeepRound || e instanceof StackOverflowError) {
                actor.findings.add("at the end of the round, " + what + ": " + e.getClass().getSimpleName(),
                        String.valueOf(e.getMessage()), e);
            }
        }
    }
}
