package io.pinfold.hwmodel.fuzz;

import static io.pinfold.hwmodel.fuzz.Gens.MEMORY;
import static io.pinfold.hwmodel.fuzz.Gens.NAME;
import static io.pinfold.hwmodel.fuzz.Gens.PFN;
import static io.pinfold.hwmodel.fuzz.Gens.SMALL;

import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.hwmodel.dma.DmaDescriptor;
import io.pinfold.hwmodel.dma.DmaEngine;
import io.pinfold.hwmodel.dma.DmaStatus;
import io.pinfold.hwmodel.dma.EngineThread;
import io.pinfold.hwmodel.dma.FileDevice;
import io.pinfold.hwmodel.dma.Frames;
import io.pinfold.hwmodel.dma.ScatterList;
import java.nio.ByteBuffer;
import org.agrona.ErrorHandler;

/** Calls on DMA objects: descriptors and scatter lists belong to a thread and, from submit to poll, to its engine. */
final class DmaCalls {
    private static final Gen LIST = draw -> draw.chosen = draw.actor.pickOrMake(draw.actor.own(ScatterList.class),
            ScatterList.class);
    private static final Gen POSITION = draw -> (long) draw.random.nextInt(10_000);
    private static final Gen LENGTH = draw -> Math.max(1, ((ScatterList) draw.chosen).frames()) * 4096L
            - draw.random.nextInt(4096);
    private static final Gen BUFFER = draw -> ByteBuffer.allocate(16);

    private DmaCalls() {
    }

    static void add(Calls calls) {
        Class<ScatterList> list = ScatterList.class;
        calls.maker(list, calls.add(list, "new(PhysicalMemory,int)", null, MEMORY, draw -> 16 + draw.random.nextInt(64))
                .makesOwn(6));
        Gen atRest = Gen.exact(DmaCalls::atRest);
        calls.add(list, "clear()", atRest);
        calls.add(list, "addHeld(PageBatch)", atRest, privately(PageBatch.class));
        calls.add(list, "addHeld(ExtentBatch)", atRest, privately(ExtentBatch.class));
        calls.add(list, "add(long,int)", atRest, PFN, SMALL);
        calls.add(list, "pfn(int)", mine(list), Gens.of(0));
        calls.add(list, "generation(int)", mine(list), Gens.of(0));
        calls.rest(list, mine(list));
        calls.add(Frames.class, "generation(PhysicalMemory,long)", null, Gen.exact(MEMORY), PFN);

        Class<DmaDescriptor> type = DmaDescriptor.class;
        Gen bare = Gen.exact(DmaCalls::bare);
        Gen prepared = Gen.exact(DmaCalls::prepared);
        Gen device = draw -> new Devices(draw.world);
        calls.maker(type, calls.add(type, "new(int)", null, SMALL).makesOwn(8));
        calls.add(type, "fromDevice(DmaDevice,long,ScatterList,long)", bare, device, POSITION, LIST, LENGTH)
                .then(Flights::prepared);
        calls.add(type, "toDevice(DmaDevice,long,ScatterList,long)", bare, device, POSITION, LIST, LENGTH)
                .then(Flights::prepared);
        calls.add(type, "copy(ScatterList,ScatterList,long)", bare, LIST, mine(list), Gens.of(1L))
                .then(Flights::prepared);
        calls.add(type, "then(DmaDescriptor)", prepared, DmaCalls::another).then(Flights::linked);
        calls.add(type, "list()", prepared);
        calls.add(type, "status()", Gen.exact(draw -> {
            Object landed = draw.actor.run(draw.actor.calls.of("DmaEngine.poll()"));
            return landed != null ? landed : bare(draw);
        }));
        calls.rest(type, mine(type));
        engines(calls);
    }

    private static void engines(Calls calls) {
        Class<DmaEngine> type = DmaEngine.class;
        calls.maker(type, calls.add(type, "open(PhysicalMemory,String,int)", null, MEMORY, NAME, draw -> 1 + draw.random
                .nextInt(8)).makesOwn(3));
        calls.add(type, "submit(DmaDescriptor)", mine(type), DmaCalls::prepared).whenTrue().then(Flights::submitted)
                .weight(4);
        calls.add(type, "poll()", Gen.exact(DmaCalls::rung)).succeeds(result -> result != null).then(DmaCalls::reaped)
                .weight(4);
        calls.add(type, "onInterrupt(Runnable)", mine(type), draw -> (Runnable) () -> {
        });
        Gen byHand = Gen.exact(DmaCalls::steppedByHand);
        calls.add(type, "doWork()", byHand);
        calls.add(type, "onClose()", byHand).then((draw, target, arguments, result) -> {
            Closing.close(draw.actor, target);
            boolean _ = draw.actor.own(type).remove(target);
        });
        calls.add(type, "close()", Gen.exact(draw -> {
            Object engine = steppedByHand(draw);
            return engine != null && draw.actor.own(type).remove(engine) ? engine : null;
        })).then(Closing::buried);
        calls.rest(type, mine(type));
        ErrorHandler errors = problem -> {
            throw new IllegalStateException("the engine itself failed", problem);
        };
        Class<EngineThread> thread = EngineThread.class;
        calls.maker(thread, calls.add(thread, "start(DmaEngine,ErrorHandler)", null, byHand, draw -> errors)
                .then(Flights::started)
                .makesOwn(2));
        calls.add(thread, "close()", Gens.closing(thread, true)).then(Flights::ended);
        calls.add(FileDevice.class, "new(FileChannel)", null, draw -> draw.actor.channel());
        Gen file = draw -> new FileDevice(draw.actor.channel());
        calls.add(FileDevice.class, "read(ByteBuffer,long)", file, BUFFER, POSITION);
        calls.add(FileDevice.class, "write(ByteBuffer,long)", file, BUFFER, POSITION);
        calls.add(FileDevice.class, "equals(Object)", file, file);
        calls.rest(FileDevice.class, file);
    }

    /**
     * One of the thread's own objects: descriptors and lists are for one thread at a time, which the library cannot
     * check.
     */
    private static Gen mine(Class<?> type) {
        return Gen.exact(draw -> draw.actor.pickOrMake(draw.actor.own(type), type));
    }

    /** A list that no transfer is using. */
    private static Object atRest(Draw draw) {
        for (int i = 0; i < 8; i++) {
            ScatterList one = (ScatterList) draw.actor.pickOrMake(draw.actor.own(ScatterList.class), ScatterList.class);
            if (one != null && !draw.actor.dma.isInFlight(one)) {
                if (one.frames() > 12) {
                    one.clear();
                }
                return one;
            }
        }
        return null;
    }

    /** A batch that no other thread gives back meanwhile. */
    private static Gen privately(Class<?> type) {
        return draw -> {
            for (int i = 0; i < 4; i++) {
                Object batch = draw.actor.pickOrMake(draw.actor.own(type), type);
                if (batch != null && Gens.isPrivate(batch)) {
                    return batch;
                }
            }
            return null;
        };
    }

    /** A descriptor that is not in flight. */
    private static DmaDescriptor bare(Draw draw) {
        for (int i = 0; i < 8; i++) {
            Object one = draw.actor.pickOrMake(draw.actor.own(DmaDescriptor.class), DmaDescriptor.class);
            if (one != null && !draw.actor.dma.isInFlight((DmaDescriptor) one)) {
                return (DmaDescriptor) one;
            }
        }
        return null;
    }

    /** A descriptor other than the last that was prepared. */
    private static Object another(Draw draw) {
        Object first = draw.chosen;
        for (int i = 0; i < 4; i++) {
            Object second = prepared(draw);
            if (second != first) {
                return second;
            }
        }
        return null;
    }

    private static Object prepared(Draw draw) {
        DmaDescriptor descriptor = bare(draw);
        Object list = descriptor == null ? null : atRest(draw);
        if (list == null) {
            return null;
        }
        ScatterList frames = (ScatterList) list;
        if (frames.frames() == 0) {
            fill(draw, frames);
        }
        boolean isRead = draw.random.nextBoolean();
        long bytes = Math.max(1, frames.frames()) * 4096L - draw.random.nextInt(4096);
        Object _ = draw.actor.make(draw.actor.calls.of("DmaDescriptor." + (isRead ? "from" : "to")
                + "Device(DmaDevice,long,ScatterList,long)"), descriptor, new Devices(draw.world), 0L, frames, bytes);
        draw.chosen = descriptor;
        return descriptor;
    }

    /** A list of the thread's own frames, which are not used elsewhere meanwhile, or of any frames. */
    private static void fill(Draw draw, ScatterList frames) {
        Object batch = draw.oneIn(4) ? null : privately(PageBatch.class).draw(draw);
        if (batch != null) {
            Object _ = draw.actor.make(draw.actor.calls.of("ScatterList.addHeld(PageBatch)"), frames, batch);
        }
        if (frames.frames() == 0) {
            frames.add(draw.random.nextLong(2, 2048), 0);
        }
    }

    private static Object steppedByHand(Draw draw) {
        for (int i = 0; i < 8; i++) {
            Object engine = draw.actor.pickOrMake(draw.actor.own(DmaEngine.class), DmaEngine.class);
            if (engine != null && !draw.actor.dma.hasThread((DmaEngine) engine)) {
                return engine;
            }
        }
        return null;
    }

    /** An engine with a chain in flight whose doorbell was rung; one that is stepped by hand has run the chain. */
    private static Object rung(Draw draw) {
        DmaEngine engine = (DmaEngine) draw.actor.pickOrMake(draw.actor.own(DmaEngine.class), DmaEngine.class);
        if (engine == null) {
            return null;
        }
        if (engine.inFlight() == 0) {
            Object chain = prepared(draw);
            Object _ = chain == null ? null
                    : draw.actor.make(draw.actor.calls.of("DmaEngine.submit(DmaDescriptor)"), engine, chain);
        }
        Object _ = draw.actor.make(draw.actor.calls.of("DmaEngine.ring()"), engine);
        if (draw.actor.dma.hasThread(engine)) {
            Thread.yield();
        } else {
            Object _ = draw.actor.make(draw.actor.calls.of("DmaEngine.doWork()"), engine);
        }
        return engine;
    }

    private static void reaped(Draw draw, Object target, Object[] arguments, Object result) {
        for (DmaDescriptor one : draw.actor.dma.landed((DmaDescriptor) result)) {
            if (one.status() == DmaStatus.DONE && (one.bytesMoved() != one.bytes() || draw.actor.dma.deviceLied(one))) {
                draw.finding("not done", one + " moved " + one.bytesMoved());
            }
        }
    }
}
