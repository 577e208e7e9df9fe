package io.pinfold.hwmodel.conformance;

import io.pinfold.core.gup.Errno;

/** Formats results and contents of pages, so that both sides use the same words. */
final class Shown {

    /** Content of a page whose bytes are not all the same. */
    static final int MIXED = 256;

    private Shown() {
    }

    /** Returns the byte that fills all of a page, 0 to 255, or {@link #MIXED}. */
    static int content(byte[] page, int bytes) {
        for (int i = 1; i < bytes; i++) {
            if (page[i] != page[0]) {
                return MIXED;
            }
        }
        return Byte.toUnsignedInt(page[0]);
    }

    /** Formats the content of a page, or the errno of the read. */
    static String page(int content) {
        if (content < 0) {
            return errno(content);
        }
        if (content == 0) {
            return "zeros";
        }
        return content == MIXED ? "mixed" : String.valueOf((char) content);
    }

    /** The errno EIO: /proc/self/mem returns it for any page that it cannot get. */
    static final int EIO = 5;

    /** Formats a result: "ok" for anything but a negated errno. */
    static String result(long result) {
        return result < 0 ? errno(result) : "ok";
    }

    /** Formats a number of bytes, or the errno. */
    static String count(long result) {
        return result < 0 ? errno(result) : Long.toString(result);
    }

    /** Names a negated errno. */
    static String errno(long result) {
        return Errno.nameOf((int) result);
    }
}
