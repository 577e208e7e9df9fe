package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.stats.Tail;
import io.pinfold.jmh.baseline.KernelCalls;
import io.pinfold.jmh.baseline.KernelCalls.RefusedException;
import io.pinfold.jmh.baseline.KernelCalls.Times;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows of the kernel that runs here, by system calls: upper bounds of its fast path, on Linux as root. */
final class KernelRows implements Group.Rows {
    private static final String VMSPLICE = "kernel.vmsplice";
    private static final String REGISTER = "kernel.ioUringRegister";
    static final List<String> IDS = List.of(VMSPLICE, REGISTER);

    private static final int WARM_UP = 50;

    @Override
    public List<Figure> measure(int rounds, long seed) {
        if (!isRoot()) {
            return List.of(Figure.notMeasured(VMSPLICE, "only as root on Linux"),
                    Figure.notMeasured(REGISTER, "only as root on Linux"));
        }
        List<Figure> figures = new ArrayList<>();
        try (KernelCalls kernel = new KernelCalls()) {
            figures.add(figure(VMSPLICE, kernel::vmsplice, rounds));
            figures.add(figure(REGISTER, kernel::ioUringRegister, rounds));
        } catch (RefusedException | IllegalStateException | LinkageError e) {
            return List.of(Figure.notMeasured(VMSPLICE, String.valueOf(e.getMessage())),
                    Figure.notMeasured(REGISTER, String.valueOf(e.getMessage())));
        }
        return figures;
    }

    /** A call of {@link KernelCalls}. */
    private interface Call {
        Times repeat(int times) throws RefusedException;
    }

    private static Figure figure(String id, Call call, int rounds) {
        try {
            Times _ = call.repeat(WARM_UP);
            Times times = call.repeat(rounds);
            return Figure.time(id, times.get().p50() + times.put().p50(),
                    String.format(Locale.ROOT,
                            "upper bound: system calls of %d pages, get %s and put %s ns a page, pipe slots or tables included",
                            times.pages(), text(times.get()), text(times.put())));
        } catch (RefusedException e) {
            return Figure.notMeasured(id, String.valueOf(e.getMessage()));
        }
    }

    private static String text(Tail times) {
        String slow = times.toString();
        return String.format(Locale.ROOT, "%.1f", times.p50()) + (slow.isEmpty() ? "" : " (" + slow + ")");
    }

    private static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false; // not Linux
        }
    }
}
