package io.pinfold.jcstress.explore.memory;

/**
 * One access as a strand posts it: its kind, mode, word and operands. Each strand has one object that it reuses. Values
 * of int words are sign-extended.
 */
public final class Op {
    /** The kind of an access. */
    public enum Kind {
        /** Reads the word. */
        LOAD,
        /** Stores {@link Op#a}. */
        STORE,
        /** Stores {@link Op#b} if it equals {@link Op#a}; the result is the value found. */
        CAS,
        /** Stores {@link Op#a}; the result is the value found. */
        EXCHANGE,
        /**
         * Adds {@link Op#a}, and only to a value that has none of the bits of {@link Op#b}; the result is the value
         * found.
         */
        ADD,
        /** Or with {@link Op#a}; the result is the value found. */
        OR,
        /** And with {@link Op#a}; the result is the value found. */
        AND,
        /** Orders like the fence of its mode; no word. */
        FENCE,
        /** Goes on once the word differs from {@link Op#a}; the result is the value seen. */
        WAIT,
        /**
         * Plain stores to all words of {@link Op#a} bytes from the address on, each filled with the byte {@link Op#b}.
         */
        FILL
    }

    /** The access mode, weakest first, and RACY; a fence is ACQUIRE, RELEASE or VOLATILE (full). */
    public enum Mode {
        PLAIN, OPAQUE, ACQUIRE, RELEASE, VOLATILE,
        /** A load that may race with any store: it returns one of the values of the word, and is no data race. */
        RACY
    }

    public Kind kind = Kind.LOAD;
    public Mode mode = Mode.PLAIN;
    /** Bytes of the word, 4 or 8; one word is always accessed with one size. */
    public int bytes;
    public long address;
    public long a;
    public long b;

    /** Fills this object. */
    public Op set(Kind kind, Mode mode, int bytes, long address, long a, long b) {
        this.kind = kind;
        this.mode = mode;
        this.bytes = bytes;
        this.address = address;
        this.a = a;
        this.b = b;
        return this;
    }

    /** Copies another object into this one. */
    public Op copy(Op other) {
        return set(other.kind, other.mode, other.bytes, other.address, other.a, other.b);
    }

    /** Whether the word may have another value after the access. */
    public boolean writes() {
        return switch (kind) {
            case STORE, CAS, EXCHANGE, ADD, OR, AND, FILL -> true;
            case LOAD, FENCE, WAIT -> false;
        };
    }

    /** Whether the access touches a word that another access touches. */
    public boolean overlaps(Op other) {
        return overlaps(other.address, other.length());
    }

    /** Whether the access touches a word of a range. */
    public boolean overlaps(long start, long length) {
        return kind != Kind.FENCE && address < start + length && start < address + length();
    }

    /** The number of bytes that the access touches; none for a fence. */
    public long length() {
        return switch (kind) {
            case FENCE -> 0;
            case FILL -> a;
            case LOAD, STORE, CAS, EXCHANGE, ADD, OR, AND, WAIT -> bytes;
        };
    }

    /** The value of the word after the access if it held {@code found}; for a CAS, if it succeeds. */
    public long stored(long found) {
        long value = switch (kind) {
            case STORE, EXCHANGE -> a;
            case CAS -> b;
            case ADD -> found + a;
            case OR -> found | a;
            case AND -> found & a;
            case LOAD, FENCE, WAIT, FILL -> throw new IllegalStateException(kind + " stores no value of its own");
        };
        return bytes == Integer.BYTES ? (int) value : value;
    }

    /** The word that a FILL stores: its byte, eight times. */
    public long pattern() {
        return (b & 0xFF) * 0x0101_0101_0101_0101L;
    }

    /** Whether the access reads and writes in one step. */
    public boolean isReadModifyWrite() {
        return switch (kind) {
            case CAS, EXCHANGE, ADD, OR, AND -> true;
            case LOAD, STORE, FENCE, WAIT, FILL -> false;
        };
    }
}
