package io.pinfold.hwmodel.fuzz;

import static io.pinfold.hwmodel.fuzz.Gens.ADDRESS;
import static io.pinfold.hwmodel.fuzz.Gens.CPU;
import static io.pinfold.hwmodel.fuzz.Gens.NUMBER;

import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;

/** Calls on processors. */
final class CpuCalls {
    private static final Gen INT_ADDRESS = draw -> draw.address() + 4L * draw.random.nextInt(1024);
    private static final Gen LONG_ADDRESS = draw -> draw.address() + 8L * draw.random.nextInt(512);
    private static final Gen VALUE = draw -> (byte) draw.random.nextInt();
    private static final Gen ARRAY = draw -> new byte[8192];
    private static final Gen OFFSET = draw -> draw.random.nextInt(100);
    private static final Gen LENGTH = draw -> (int) Math.min(draw.bytes(), 1 + draw.random.nextInt(8000));

    private CpuCalls() {
    }

    static void add(Calls calls) {
        Class<Cpu> type = Cpu.class;
        calls.maker(type, calls.add(AddressSpace.class, "openCpu()", Gens.SPACE).makesOwn(3));
        calls.add(type, "loadByte(long)", CPU, ADDRESS).deep();
        calls.add(type, "storeByte(long,byte)", CPU, ADDRESS, VALUE).deep();
        calls.add(type, "loadInt(long)", CPU, INT_ADDRESS).deep();
        calls.add(type, "storeInt(long,int)", CPU, INT_ADDRESS, Gens.INT).deep();
        calls.add(type, "loadLong(long)", CPU, LONG_ADDRESS).deep();
        calls.add(type, "storeLong(long,long)", CPU, LONG_ADDRESS, NUMBER).deep();
        calls.add(type, "compareAndSetLong(long,long,long)", CPU, LONG_ADDRESS, Gens.of(0L), NUMBER).deep();
        calls.add(type, "copyIn(long,byte[],int,int)", CPU, ADDRESS, ARRAY, OFFSET, LENGTH).deep();
        calls.add(type, "copyOut(long,byte[],int,int)", CPU, ADDRESS, ARRAY, OFFSET, LENGTH).deep();
        calls.add(type, "fill(long,long,byte)", CPU, ADDRESS, draw -> Math.min(draw.bytes(), 64L << 12), VALUE).deep();
        calls.add(type, "close()", Gens.closing(type, true)).then(Closing::buried);
        calls.rest(type, Gens.own(type));
    }

    /** Stores to a page of the range, so that it is present; a failure is ignored. */
    static void touch(Draw draw) {
        Range range = draw.range();
        if (range != null) {
            Object cpu = draw.actor.own(Cpu.class).all().stream().filter(one -> ((Cpu) one).space() == draw.space)
                    .findFirst()
                    .orElseGet(() -> draw.actor.make(draw.actor.calls.of("AddressSpace.openCpu()"), draw.space));
            if (cpu != null) {
                Object _ = draw.actor.make(draw.actor.calls.of("Cpu.storeByte(long,byte)"), cpu, draw.address(),
                        (byte) 1);
            }
        }
    }
}
