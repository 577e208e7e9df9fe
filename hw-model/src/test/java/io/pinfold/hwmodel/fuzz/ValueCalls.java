package io.pinfold.hwmodel.fuzz;

import static io.pinfold.hwmodel.fuzz.Gens.INT;
import static io.pinfold.hwmodel.fuzz.Gens.NUMBER;
import static io.pinfold.hwmodel.fuzz.Gens.PFN;
import static io.pinfold.hwmodel.fuzz.Gens.SMALL;

import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.hwmodel.dma.DmaStats;
import java.util.List;

/** Calls on options, reports and numbers, which need no memory. */
final class ValueCalls {
    private static final Gen OPTIONS = draw -> MemoryOptions.ofRam(16L << 20).withDeviceBytes(4L << 20);
    private static final Gen UNITS = draw -> draw.random.nextInt(3) * 4L << 20;
    private static final Gen RANGE = draw -> new Range(draw.memory().deviceStart() + 512 * draw.random.nextLong(8),
            512);
    private static final Gen RANGES = draw -> List.of((Range) RANGE.draw(draw));
    private static final Gen TYPE = draw -> DevPagemapType.values()[draw.random.nextInt(5)];
    private static final Gen REMOVAL = draw -> DevPagemapOptions.Removal.values()[draw.random.nextInt(2)];
    private static final Gen OPS = draw -> DevPagemapOps.NONE;
    private static final Gen PAGEMAP_OPTIONS = draw -> DevPagemapOptions.of(DevPagemapType.GENERIC,
            draw.memory().deviceStart(), 512);
    private static final Gen ANY = draw -> "anything";

    private ValueCalls() {
    }

    static void add(Calls calls) {
        calls.add(MemoryOptions.class, "new(long,long,long,int)", null, draw -> 32L << 20, UNITS, UNITS,
                draw -> 1 + draw.random.nextInt(2));
        calls.add(MemoryOptions.class, "ofRam(long)", null, draw -> 8L << 20);
        calls.add(MemoryOptions.class, "withMovableBytes(long)", OPTIONS, UNITS);
        calls.add(MemoryOptions.class, "withDeviceBytes(long)", OPTIONS, UNITS);
        calls.add(MemoryOptions.class, "withNodes(int)", OPTIONS, draw -> 1 + draw.random.nextInt(2));
        value(calls, MemoryOptions.class, OPTIONS);

        calls.add(Range.class, "new(long,long)", null, NUMBER, NUMBER);
        value(calls, Range.class, RANGE);
        calls.add(DevPagemapOptions.class, "new(DevPagemapType,List,int,DevPagemapOps,Object,Removal)", null, TYPE,
                RANGES, SMALL, OPS, ANY, REMOVAL);
        calls.add(DevPagemapOptions.class, "of(DevPagemapType,long,long)", null, TYPE, PFN, draw -> 512L);
        calls.add(DevPagemapOptions.class, "withRanges(List)", PAGEMAP_OPTIONS, RANGES);
        calls.add(DevPagemapOptions.class, "withOrder(int)", PAGEMAP_OPTIONS, SMALL);
        calls.add(DevPagemapOptions.class, "withOps(DevPagemapOps)", PAGEMAP_OPTIONS, OPS);
        calls.add(DevPagemapOptions.class, "withOwner(Object)", PAGEMAP_OPTIONS, ANY);
        calls.add(DevPagemapOptions.class, "withRemoval(Removal)", PAGEMAP_OPTIONS, REMOVAL);
        value(calls, DevPagemapOptions.class, PAGEMAP_OPTIONS);
        value(calls, GupOptions.class, Gens.OPTIONS);
        calls.rest(DevPagemapType.class, TYPE);

        calls.add(Errno.class, "nameOf(int)", null, SMALL);
        calls.add(MapFlags.class, "hugeSize(int)", null, SMALL);
        calls.add(FrameHandle.class, "of(long,int)", null, PFN, INT);
        calls.add(FrameHandle.class, "pfn(long)", null, NUMBER);
        calls.add(FrameHandle.class, "generation(long)", null, NUMBER);
        for (String mark : List.of("isPin(long)", "toPin(long)", "ofPin(long)")) {
            calls.add(FrameHandle.class, mark, null, NUMBER);
        }

        value(calls, PageInfo.class, draw -> draw.memory().page(draw.random.nextInt(2048)));
        value(calls, VmStat.class, draw -> draw.memory().vmStat());
        value(calls, VmStat.Node.class, draw -> draw.memory().vmStat().nodes().getFirst());
        value(calls, DmaStats.class, draw -> new DmaStats(1, 1, 0, 0, 0, 0, 0, 0, 0, 0));
    }

    private static void value(Calls calls, Class<?> type, Gen receiver) {
        calls.add(type, "equals(Object)", receiver, ANY);
        calls.rest(type, receiver);
    }
}
