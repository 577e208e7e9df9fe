package io.pinfold.hwmodel.conformance;

import io.pinfold.core.gup.Errno;

/** How results and contents of pages are written down, so that both sides use the same words. */
final class Shown {

    /** Content of a page whose bytes are not all the same. */
    static final int MIXED = 256;

    private Shown() {
    }

    /** The byte that fills all of a page, 0 to 255, or {@link #MIXED}. */
    static int content(byte[] page, int bytes) {
        for (int i = 1; i < bytes; i++) {
            if (page[i] != page[0]) {
                return MIXED;
            }
        }
        return Byte.toUnsignedInt(page[0]);
    }

    /** What a page was found to hold, or the errno of who looked. */
    static String page(int content) {
        if (content < 0) {
            return errno(content);
        }
        if (content == 0) {
            return "zeros";
        }
        return content == MIXED ? "mixed" : String.valueOf((char) content);
    }

    /** What the kernel calls EIO: it gives this for any page that /proc/self/mem cannot get. */
    static final int EIO = 5;

    /** "ok" for anything but a negated errno. */
    static String result(long result) {
        return result < 0 ? errno(result) : "ok";
    }

    /** A number of bytes, or the errno. */
    static String count(long result) {
        return result < 0 ? errno(result) : Long.toString(result);
    }

    /** The name of a negated errno. */
    static String errno(long result) {
        return Errno.nameOf((int) result);
    }
}
