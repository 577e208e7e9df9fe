package io.pinfold.hwmodel.conformance;

import io.pinfold.core.words.Words;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads what the running kernel shows of itself and of this process in /proc. */
final class Kernel implements AutoCloseable {

    private static final Path REFRESH = Path.of("/proc/sys/vm/stat_refresh");
    private static final long PRESENT = 1L << 63;
    private static final long FRAME = (1L << 55) - 1;
    /** The number of the ioctl: _IOWR('f', 16, struct pm_scan_arg). */
    private static final long PAGEMAP_SCAN = 0xC060_6610L;
    private static final int SCAN_BYTES = 96;
    private static final int PAGE_IS_PRESENT = 1 << 3;
    private static final int PAGE_IS_HUGE = 1 << 6;
    private static final int KPF_THP = 22;
    private static final int KPF_ZERO_PAGE = 24;
    private static final int KPF_HUGE = 17;

    private final Scratch scratch;
    private final long pagemap;
    private final long counts;
    private final long flags;

    Kernel(Scratch scratch) {
        this.scratch = scratch;
        pagemap = LinuxCalls.open(scratch.text("/proc/self/pagemap"), 0, 0);
        counts = LinuxCalls.open(scratch.text("/proc/kpagecount"), 0, 0);
        flags = LinuxCalls.open(scratch.text("/proc/kpageflags"), 0, 0);
    }

    /** Release of the kernel, as uname prints it. */
    static String release() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
        } catch (IOException e) {
            return System.getProperty("os.version", "unknown");
        }
    }

    /** The reason why the pin counters cannot be read exactly; empty if they can. */
    static String countersRefusal() {
        try {
            Pins _ = pins();
            return "";
        } catch (UncheckedIOException e) {
            return REFRESH + " cannot be written; that needs root";
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** The pin counters now; the per-CPU parts are flushed into the sums first. */
    static Pins pins() {
        try {
            Files.write(REFRESH, "1".getBytes(StandardCharsets.US_ASCII));
            String stat = Files.readString(Path.of("/proc/vmstat"));
            return new Pins(value(stat, "nr_foll_pin_acquired "), value(stat, "nr_foll_pin_released "));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long value(String text, String name) {
        int at = text.indexOf(name);
        if (at < 0) {
            throw new IllegalStateException("the kernel does not show " + name.strip());
        }
        int end = text.indexOf('\n', at);
        return Long.parseLong(text.substring(at + name.length(), end < 0 ? text.length() : end)
                .replace("kB", "").strip());
    }

    /** Pinned memory that is charged to this process, KiB. */
    static long pinnedKb() {
        try {
            return value(Files.readString(Path.of("/proc/self/status")), "VmPin:");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Frame that is mapped at {@code address}; 0 when none is, or when frame numbers are hidden. */
    long frame(long address) {
        long entry = word(pagemap, address / Scratch.PAGE_BYTES);
        return (entry & PRESENT) == 0 ? 0 : entry & FRAME;
    }

    boolean isPresent(long address) {
        return (word(pagemap, address / Scratch.PAGE_BYTES) & PRESENT) != 0;
    }

    /** Whether a leaf, of whatever size, maps {@code address}. */
    boolean isLeaf(long address) {
        int categories = scan(address);
        return categories > 0 && (categories & PAGE_IS_HUGE) != 0;
    }

    /** The categories of the page at {@code address} (PAGEMAP_SCAN); 0 if nothing is mapped, or a negated errno. */
    int scan(long address) {
        long argument = scratch.buffer();
        long region = argument + SCAN_BYTES;
        long page = address & -Scratch.PAGE_BYTES;
        Words.fill(argument, SCAN_BYTES, (byte) 0);
        Words.setLong(argument, SCAN_BYTES);
        Words.setLong(argument + 16, page);
        Words.setLong(argument + 24, page + Scratch.PAGE_BYTES);
        Words.setLong(argument + 40, region);
        Words.setLong(argument + 48, 1);
        Words.setLong(argument + 72, PAGE_IS_PRESENT); // the categories that select pages
        Words.setLong(argument + 88, PAGE_IS_PRESENT | PAGE_IS_HUGE); // the categories that are returned
        long regions = LinuxCalls.ioctl(pagemap, PAGEMAP_SCAN, argument);
        return regions < 0 ? (int) regions : regions == 0 ? 0 : (int) Words.getLong(region + 16);
    }

    /** Mappings that begin in {@code [start, end)}. */
    static int mappings(long start, long end) {
        try {
            int count = 0;
            for (String line : Files.readAllLines(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1)) {
                long from = Long.parseUnsignedLong(line, 0, line.indexOf('-'), 16);
                count += from >= start && from < end ? 1 : 0;
            }
            return count;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Entries that map the frame. */
    int mapCount(long frame) {
        return (int) word(counts, frame);
    }

    boolean isZeroPage(long frame) {
        return frame != 0 && (word(flags, frame) >>> KPF_ZERO_PAGE & 1) != 0;
    }

    /** Whether the frame is part of a huge page, transparent or reserved. */
    boolean isHuge(long frame) {
        return frame != 0 && (word(flags, frame) & (1L << KPF_THP | 1L << KPF_HUGE)) != 0;
    }

    private long word(long descriptor, long index) {
        long n = LinuxCalls.pread(descriptor, scratch.buffer(), Long.BYTES, index * Long.BYTES);
        return n == Long.BYTES ? Words.getLong(scratch.buffer()) : 0;
    }

    @Override
    public void close() {
        for (long descriptor : new long[]{pagemap, counts, flags}) {
            if (descriptor >= 0) {
                Scratch.require("close", LinuxCalls.close(descriptor));
            }
        }
    }
}
