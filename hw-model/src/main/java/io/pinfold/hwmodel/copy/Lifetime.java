package io.pinfold.hwmodel.copy;

/** The kind of hold that keeps a frame alive while the engine works on it. */
public enum Lifetime {
    /** A pin: pin_user_pages_fast with WRITE, released by unpin with dirtying. */
    PIN,
    /** A long-term pin: the same with LONGTERM, which refuses frames in MOVABLE memory. */
    LONGTERM,
    /** A plain reference: get_user_pages_fast, released by put_pages. */
    GET,
    /**
     * No hold: frame numbers are read from the page table and used unchecked. The copy goes wrong, and the audit finds
     * that.
     */
    NONE
}
