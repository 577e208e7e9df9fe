package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MappedObject;
import io.pinfold.fastpath.GupSession;
import io.pinfold.hwmodel.device.PrivateMemory;
import io.pinfold.hwmodel.device.ZoneDevice;
import io.pinfold.hwmodel.dma.DmaEngine;
import io.pinfold.hwmodel.dma.ScatterList;

/** Keeps the objects that calls make, and ends the oldest when there are many. */
final class Adoption {
    private Adoption() {
    }

    static void adopt(Draw draw, Object target, Object result) {
        Call call = draw.call;
        if (call.keeps == 0 || result == null) {
            return;
        }
        Actor actor = draw.actor;
        PhysicalMemory memory = memoryOf(result);
        boolean isOurs = memory != null ? memory == draw.world.memory : !isForeign(draw, target);
        Pool<Object> pool = !isOurs ? draw.world.foreign(result.getClass())
                : call.isForOwnUse ? actor.own(result.getClass()) : draw.world.live(result.getClass());
        pool.add(result);
        Object oldest = pool.overflow(isOurs ? call.keeps : 3);
        if (oldest != null && !Closing.close(actor, oldest)) {
            pool.add(oldest);
        }
    }

    private static boolean isForeign(Draw draw, Object target) {
        return target != null && draw.world.foreign(target.getClass()).all().contains(target);
    }

    /** The memory that an object belongs to; null if it does not show it. */
    static PhysicalMemory memoryOf(Object object) {
        return switch (object) {
            case AddressSpace space -> space.memory();
            case MappedObject mapped -> mapped.memory();
            case GupSession session -> session.memory();
            case Batch<?> batch -> batch.memory();
            case ScatterList list -> list.memory();
            case DmaEngine engine -> engine.memory();
            case ZoneDevice device -> device.memory();
            case PrivateMemory device -> device.device().memory();
            case DevPagemap _ -> null;
            default -> null;
        };
    }
}
