package io.pinfold.hwmodel.conformance;

import io.pinfold.hwmodel.dma.DmaDevice;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A device of one page for the modelled engine; a longer transfer wraps around in it. */
final class PageDevice implements DmaDevice {

    private final byte[] bytes = new byte[Scratch.PAGE_BYTES];

    void fill(byte value) {
        Arrays.fill(bytes, value);
    }

    /** The content of the page. */
    int content() {
        return Shown.content(bytes, bytes.length);
    }

    @Override
    public int read(ByteBuffer target, long position) {
        int at = (int) (position % bytes.length);
        int n = Math.min(target.remaining(), bytes.length - at);
        target.put(bytes, at, n);
        return n;
    }

    @Override
    public int write(ByteBuffer source, long position) {
        int at = (int) (position % bytes.length);
        int n = Math.min(source.remaining(), bytes.length - at);
        source.get(bytes, at, n);
        return n;
    }
}
