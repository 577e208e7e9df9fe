package io.pinfold.hwmodel.conformance;

import io.pinfold.core.mm.Prot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Finds which needs of the rows this system meets, and why it does not meet the others. The system is probed once,
 * before any row is played.
 */
final class Probe {

    private static final int HUGE_PAGES_WANTED = 16;

    private final String refusal;
    private final Map<Need, String> missing = new EnumMap<>(Need.class);
    private final Map<Need, String> details = new EnumMap<>(Need.class);

    private Probe(String refusal) {
        this.refusal = refusal;
    }

    /** The probe of a system where no system call can be made. */
    static Probe refused(String why) {
        return new Probe(why);
    }

    /** A probe for tests in which every need but these is met. */
    static Probe without(Map<Need, String> missing) {
        Probe probe = new Probe("");
        probe.missing.putAll(missing);
        return probe;
    }

    /** Probes the system; {@code putBack} undoes what that changes. */
    static Probe of(KernelHost host, PutBack putBack) {
        Probe probe = new Probe("");
        int ring = Ring.refusal(host.scratch());
        probe.note(Need.IO_URING, ring == 0 ? "" : "io_uring_setup: " + Shown.errno(ring), "");
        probe.note(Need.COUNTERS, Kernel.countersRefusal(), "after a refresh");
        probe.note(Need.FRAMES, frames(host), "pagemap, kpagecount, kpageflags");
        int scanned = host.kernel().scan(host.scratch().buffer());
        probe.note(Need.LEAVES, scanned < 0 ? "a scan of /proc/self/pagemap: " + Shown.errno(scanned) : "", "");
        probe.note(Need.HUGE, huge(probe), "");
        probe.note(Need.RESERVED, probe.has(Need.FRAMES) ? new HugePool().raise(HUGE_PAGES_WANTED, putBack)
                : "without frame numbers huge pages cannot be recognised",
                "pool raised by " + HUGE_PAGES_WANTED
                        + " pages, put back at the end");
        DiskFile disk = host.disk();
        probe.note(Need.DISK, disk == null ? "no file was made" : disk.refusal(), disk == null ? "" : disk.where());
        probe.note(Need.FORCE, force(host), "past the protection");
        probe.note(Need.CHARGE, charge(), "");
        return probe;
    }

    private static String frames(KernelHost host) {
        Kernel kernel = host.kernel();
        if (host.scratch().store(host.scratch().buffer(), (byte) 0) < 0
                || !kernel.isPresent(host.scratch().buffer())) {
            return "/proc/self/pagemap cannot be read";
        }
        long frame = kernel.frame(host.scratch().buffer());
        if (frame == 0) {
            return "/proc/self/pagemap hides them; that needs root";
        }
        return kernel.mapCount(frame) == 1 ? "" : "/proc/kpagecount cannot be read";
    }

    private static String huge(Probe probe) {
        if (!probe.has(Need.FRAMES)) {
            return "without frame numbers huge pages cannot be recognised";
        }
        try {
            String setting = Files.readString(Path.of("/sys/kernel/mm/transparent_hugepage/enabled")).strip();
            return setting.contains("[never]") ? "switched off: " + setting : "";
        } catch (IOException e) {
            return "this kernel has none";
        }
    }

    private static String force(KernelHost host) {
        try (Side side = new KernelSide(host)) {
            int mapped = side.map(side.page(0), 1, Prot.READ, Backing.PRIVATE);
            int written = mapped < 0 ? mapped : side.throughMem(side.page(0), true, (byte) 1);
            return written == 0 ? ""
                    : "a page that may only be read is not written through it: " + Shown.errno(written);
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static String charge() {
        try {
            long _ = Kernel.pinnedKb();
            return "";
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void note(Need need, String why, String detail) {
        if (why.isEmpty()) {
            details.put(need, detail);
        } else {
            missing.put(need, why);
        }
    }

    boolean has(Need need) {
        return refusal.isEmpty() && !missing.containsKey(need);
    }

    /** The reason why rows with these needs cannot be played here; empty if they can. */
    String missing(Set<Need> needs) {
        if (!refusal.isEmpty()) {
            return refusal;
        }
        List<String> reasons = new ArrayList<>();
        for (Need need : needs) {
            if (!has(need)) {
                reasons.add("no " + need.title() + " here (" + missing.get(need) + ")");
            }
        }
        return String.join("; ", reasons);
    }

    /** A line of text for each need. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (!refusal.isEmpty()) {
            lines.add("nothing can be played here: " + refusal);
            return lines;
        }
        for (Need need : Need.values()) {
            String detail = details.getOrDefault(need, "");
            String text = has(need) ? "yes" + (detail.isEmpty() ? "" : " (" + detail + ")")
                    : "no: " + missing.get(need) + "; what needs it is skipped";
            lines.add(String.format(Locale.ROOT, "  %-24s%s", need.title(), text));
        }
        return lines;
    }
}
