package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MappedObject;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.GupSessionPool;
import io.pinfold.fastpath.PinnedRange;
import io.pinfold.hwmodel.device.DaxFile;
import io.pinfold.hwmodel.device.PrivateMemory;
import io.pinfold.hwmodel.device.ZoneDevice;
import io.pinfold.hwmodel.dma.DmaDescriptor;
import io.pinfold.hwmodel.dma.DmaEngine;
import io.pinfold.hwmodel.dma.EngineThread;
import io.pinfold.hwmodel.dma.ScatterList;
import java.util.List;

/** Ends each kind of object without waiting for pages that other threads hold. */
final class Closing {
    /**
     * The types that only the making thread can close, or that no other thread uses; an earlier one blocks the end of a
     * later one.
     */
    private static final List<Class<?>> OWN = List.of(PinnedRange.class, EngineThread.class, DmaEngine.class, Cpu.class,
            GupSession.class, PhysicalMemory.class);

    private Closing() {
    }

    /** Ends an object; false if a part of it is still held, and then the caller keeps it. */
    static boolean close(Actor actor, Object object) {
        World world = actor.world;
        switch (object) {
            case null -> {
            }
            case DmaDescriptor descriptor -> {
                return !actor.dma.isInFlight(descriptor);
            }
            case ScatterList list -> {
                return !actor.dma.isInFlight(list);
            }
            case DevPagemap pagemap -> {
                make(actor, "DevPagemap.kill()", pagemap); // and then is among the killed
            }
            case ZoneDevice device -> {
                make(actor, "ZoneDevice.startUnplug()", device); // and then is among the unplugged
            }
            case PrivateMemory device -> {
                if (device.device().busyPages() > 0) {
                    return false;
                }
                device.device().startUnplug();
                if (!device.device().isUnused()) {
                    return false;
                }
                make(actor, "PrivateMemory.close()", device);
            }
            case DaxFile file -> {
                make(actor, "DeviceObject.shutDown()", file.object());
                if (file.tryPunchHole(0, 16) >= 0) {
                    return false;
                }
                make(actor, "DaxFile.close()", file);
            }
            case Batch<?> batch -> {
                if (batch.isHeld()) {
                    make(actor, batch.isPinned() ? "PhysicalMemory.unpinUserPages(Batch)"
                            : "PhysicalMemory.putPages(Batch)", batch.memory(), batch);
                }
                make(actor, "Batch.close()", batch);
                return !batch.isHeld(); // another thread may have filled it in between
            }
            case MappedObject mapped -> make(actor, "MappedObject.close()", mapped);
            case PhysicalMemory memory when memory == world.memory || memory == world.other -> {
                return true;
            }
            default -> make(actor, Surface.name(object.getClass()) + ".close()", object);
        }
        return true;
    }

    private static void make(Actor actor, String key, Object target, Object... arguments) {
        Object _ = actor.make(actor.calls.of(key), target, arguments);
    }

    /** Closes a closed object: the second close does nothing, unless its kind says otherwise. */
    static void buried(Draw draw, Object target, Object[] arguments, Object result) {
        draw.world.bury(target);
        boolean saysSo = target instanceof DevPagemap || target instanceof GupSessionPool;
        if (!saysSo && target instanceof AutoCloseable closed && Hostility.DEAD.isOn() && draw.oneIn(4)) {
            try {
                closed.close();
            } catch (Throwable e) {
                draw.actor.findings.add(draw.call.key + ": a second close", target.getClass() + " was closed", e);
            }
        }
    }

    /** Ends a thread's own objects on that thread, when callbacks follow the rules again. */
    static void ownThings(Actor actor) {
        for (Class<?> type : OWN) {
            for (Object one = actor.own(type).claim(actor.random); one != null;
                    one = actor.own(type).claim(actor.random)) {
                if (one instanceof GupSession session && isTaken(session)) {
                    continue;
                }
                if (one instanceof GupSession session) {
                    HandleCalls.endScope(session);
                }
                closeForGood(actor, one);
                if (one instanceof DmaEngine engine) {
                    while (engine.inFlight() > 0 && engine.poll() != null) {
                        Thread.onSpinWait(); // everything comes back, cancelled
                    }
                    if (engine.inFlight() > 0) {
                        actor.findings.add("DmaEngine: chains that never come back", engine.stats().toString(), null);
                    }
                }
            }
        }
    }

    /**
     * Whether another thread attached the session while this one had it detached, as calls with objects of other
     * threads may. It stays that thread's, and an idle session keeps no memory open.
     */
    private static boolean isTaken(GupSession session) {
        try {
            session.attach();
            return false;
        } catch (MemoryClosedException e) {
            return false;
        } catch (MisuseException e) {
            return true;
        }
    }

    /** Closes an object, which must succeed because nothing keeps it open. */
    static void closeForGood(Actor actor, Object object) {
        try {
            ((AutoCloseable) object).close();
        } catch (Throwable e) {
            if (!actor.world.isDeepRound || e instanceof StackOverflowError) {
                actor.findings.add("cannot be closed: " + object.getClass().getSimpleName(),
                        String.valueOf(e.getMessage()),
                        e);
            }
        }
    }
}
