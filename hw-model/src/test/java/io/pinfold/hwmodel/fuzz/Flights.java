package io.pinfold.hwmodel.fuzz;

import io.pinfold.hwmodel.dma.DmaDescriptor;
import io.pinfold.hwmodel.dma.DmaEngine;
import io.pinfold.hwmodel.dma.ScatterList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The descriptors and lists that a thread has given to its engines, which own them until they are reaped. */
final class Flights {
    private final Map<DmaDescriptor, DmaDescriptor> next = new IdentityHashMap<>();
    private final Map<DmaDescriptor, List<Object>> parts = new IdentityHashMap<>();
    private final Set<DmaDescriptor> flying = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<Object, DmaEngine> engines = new IdentityHashMap<>();

    static void prepared(Draw draw, Object target, Object[] arguments, Object result) {
        Flights flights = draw.actor.dma;
        flights.next.remove(target);
        flights.parts.put((DmaDescriptor) target, List.of(arguments));
    }

    static void linked(Draw draw, Object target, Object[] arguments, Object result) {
        draw.actor.dma.next.put((DmaDescriptor) target, (DmaDescriptor) arguments[0]);
    }

    static void submitted(Draw draw, Object target, Object[] arguments, Object result) {
        draw.actor.dma.flying.addAll(draw.actor.dma.chain((DmaDescriptor) arguments[0]));
    }

    /** Returns the descriptors of a reaped chain. */
    List<DmaDescriptor> landed(DmaDescriptor head) {
        List<DmaDescriptor> chain = chain(head);
        chain.forEach(flying::remove);
        return chain;
    }

    private List<DmaDescriptor> chain(DmaDescriptor head) {
        List<DmaDescriptor> chain = new ArrayList<>();
        for (DmaDescriptor one = head; one != null && !chain.contains(one); one = next.get(one)) {
            chain.add(one);
        }
        return chain;
    }

    boolean isInFlight(DmaDescriptor descriptor) {
        return flying.contains(descriptor);
    }

    boolean isInFlight(ScatterList list) {
        return flying.stream().anyMatch(one -> parts.getOrDefault(one, List.of()).contains(list));
    }

    boolean deviceLied(DmaDescriptor descriptor) {
        return parts.getOrDefault(descriptor, List.of()).stream().anyMatch(part -> part instanceof Devices device
                && device.hasLied());
    }

    /** Notes that a thread runs the engine from now on. */
    static void started(Draw draw, Object target, Object[] arguments, Object result) {
        draw.actor.dma.engines.put(result, (DmaEngine) arguments[0]);
    }

    /** Notes that the thread is closed, and its engine with it. */
    static void ended(Draw draw, Object target, Object[] arguments, Object result) {
        boolean _ = draw.actor.own(DmaEngine.class).remove(draw.actor.dma.engines.get(target));
        Closing.buried(draw, target, arguments, result);
    }

    boolean hasThread(DmaEngine engine) {
        return engines.containsValue(engine);
    }
}
