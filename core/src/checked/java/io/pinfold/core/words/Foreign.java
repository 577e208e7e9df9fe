package io.pinfold.core.words;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Memory that Pinfold did not allocate: native memory of a test. Its words have no kind; checked is that the process
 * has mapped the address, so that a wild one is an error with a stack trace and not the end of the JVM.
 */
final class Foreign extends Region {
    static final Foreign ANYWHERE = new Foreign();
    /** A page of it that was looked up before. */
    static final Region SEEN = new Region("seen", 0, -1) {
        @Override
        void before(Access access, long at, int size, long operand, long next) {
            // nothing more to say
        }

        @Override
        void range(Access access, long at, long length) {
            ANYWHERE.range(access, at, length);
        }
    };

    private volatile TreeMap<Long, Long> mapped = new TreeMap<>();

    private Foreign() {
        super("memory that is none of Pinfold's", 0, -1);
    }

    @Override
    void before(Access access, long at, int size, long operand, long next) {
        if (!isMapped(at)) {
            mapped = read();
            if (!isMapped(at)) {
                throw new CheckedError(access + " at " + where(at) + ": nothing is mapped there", null);
            }
        }
        Regions.seen(at);
    }

    @Override
    void range(Access access, long at, long length) {
        before(access, at, 1, 0, 0);
        before(access, at + length - 1, 1, 0, 0);
    }

    @Override
    String where(long at) {
        return "address 0x" + Long.toHexString(at);
    }

    private boolean isMapped(long at) {
        Map.Entry<Long, Long> entry = mapped.floorEntry(at);
        return entry != null && at < entry.getValue();
    }

    private static TreeMap<Long, Long> read() {
        TreeMap<Long, Long> ranges = new TreeMap<>();
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
                int dash = line.indexOf('-');
                int space = line.indexOf(' ');
                if (line.startsWith("r", space + 1)) {
                    ranges.put(Long.parseUnsignedLong(line, 0, dash, 16),
                            Long.parseUnsignedLong(line, dash + 1, space, 16));
                }
            }
        } catch (IOException e) {
            ranges.put(Long.valueOf(Align.PAGE_BYTES), Long.MAX_VALUE); // no such list here: anything but null may be
        }
        return ranges;
    }
}
