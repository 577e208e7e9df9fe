package io.pinfold.hwmodel.conformance;

import java.util.ArrayList;
import java.util.List;

/** What one side shows when it plays a trace. */
final class TraceRun {

    private final Side side;
    private final boolean isCounted;
    private final boolean isForced;
    private final List<String> shown = new ArrayList<>();
    /** Pages of each ring's buffer. */
    private final int[] buffers = new int[Side.RINGS];
    private Pins mark;

    private TraceRun(Side side, Probe probe) {
        this.side = side;
        this.isCounted = probe.has(Need.COUNTERS);
        this.isForced = probe.has(Need.FORCE);
        mark = isCounted ? side.pins() : new Pins(0, 0);
    }

    /**
     * Plays steps, then looks at everything and gives everything back.
     *
     * @return what each step showed; then a line for each look at the end
     */
    static List<String> play(List<Step> steps, Side side, Probe probe) {
        TraceRun run = new TraceRun(side, probe);
        try (side) {
            run.play(steps);
        } catch (RuntimeException | Error e) {
            run.shown.add("FAILED: " + e.getMessage());
        }
        return run.shown;
    }

    private void play(List<Step> steps) {
        for (Step step : steps) {
            shown.add(one(step));
        }
        for (int page = 0; page < Trace.PAGES; page++) {
            shown.add("at the end page " + page + ": " + Shown.page(side.load(side.page(page))));
        }
        for (int ring = 0; ring < Side.RINGS; ring++) {
            for (int page = 0; page < buffers[ring]; page++) {
                shown.add("at the end ring " + ring + " buffer page " + page + ": "
                        + Shown.page(side.deviceLoad(ring, 0, page)));
            }
            if (buffers[ring] > 0) {
                shown.add("at the end " + one(new Step(Step.Kind.UNREGISTER, 0, 1, ring, 0)));
            }
        }
    }

    /**
     * Exact counters cost a round to every processor, so they are read where pins should come and go. What another step did to
     * them shows in the next one.
     */
    private String one(Step step) {
        String result = act(step);
        boolean isPinning = switch (step.kind()) {
            case REGISTER, UNREGISTER, PROCESS_VM, SPLICE -> true;
            default -> false;
        };
        if (!isPinning || !isCounted) {
            return result;
        }
        Pins now = side.pins();
        Pins since = now.since(mark);
        mark = now;
        return result + " " + since;
    }

    private String act(Step step) {
        long address = side.page(step.page());
        int ring = step.ring();
        int bufferPage = buffers[ring] == 0 ? 0 : step.page() % buffers[ring];
        return switch (step.kind()) {
            case MAP -> Shown.result(side.map(address, step.pages(), step.prot(), step.backing()));
            case UNMAP -> Shown.result(side.unmap(address, step.pages()));
            case PROTECT -> Shown.result(side.protect(address, step.pages(), step.prot()));
            case DISCARD -> Shown.result(side.discard(address, step.pages()));
            case REGISTER -> buffers[ring] > 0 ? "busy" : register(step);
            case UNREGISTER -> buffers[ring] == 0 ? "idle" : unregister(ring);
            case STORE -> Shown.result(side.store(address, (byte) step.choice()));
            case LOAD -> Shown.page(side.load(address));
            case DEVICE_STORE -> buffers[ring] == 0 ? "idle"
                    : Shown.result(side.deviceStore(ring, 0, bufferPage, (byte) step.choice()));
            case DEVICE_LOAD -> buffers[ring] == 0 ? "idle" : Shown.page(side.deviceLoad(ring, 0, bufferPage));
            case PROCESS_VM -> Shown.count(side.processVm(Span.ofPages(address, step.pages()), step.isWrite()));
            case SPLICE -> splice(address);
            case MEM_LOAD -> isForced ? Shown.page(side.throughMem(address, false, (byte) 0)) : "not asked";
            case MEM_STORE -> isForced ? Shown.result(side.throughMem(address, true, (byte) step.choice()))
                    : "not asked";
        };
    }

    private String register(Step step) {
        int result = side.register(step.ring(), Span.ofPages(side.page(step.page()), step.pages()));
        buffers[step.ring()] = result == 0 ? step.pages() : 0;
        return Shown.result(result);
    }

    private String unregister(int ring) {
        buffers[ring] = 0;
        return Shown.result(side.unregister(ring));
    }

    private String splice(long address) {
        long n = side.splice(address, 1);
        return n < 0 ? Shown.errno(n) : n + " " + Shown.page(side.drain());
    }
}
