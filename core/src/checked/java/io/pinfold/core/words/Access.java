package io.pinfold.core.words;

/** What an access does, as far as the rules of checked memory distinguish it. */
enum Access {
    /** Of user data, by a reader that validates: the frame may be anything by now. */
    RACY_LOAD("racy load"), PLAIN_LOAD("plain load"), PLAIN_STORE("plain store"), OPAQUE_LOAD("opaque load"),
    OPAQUE_STORE("opaque store"),
    /** Acquire or volatile. */
    LOAD("load"),
    /** Release or volatile. */
    STORE("store"),
    COMPARE_AND_SET("compareAndSet"), COMPARE_AND_EXCHANGE("compareAndExchange"), EXCHANGE("getAndSet"),
    ADD("getAndAdd"), BITS("getAndBitwise"), FILL("fill"), COPY_FROM("copy from"), COPY_TO("copy to"), VIEW("view");

    private final String text;

    Access(String text) {
        this.text = text;
    }

    boolean isPlain() {
        return this == PLAIN_LOAD || this == PLAIN_STORE;
    }

    boolean isLoad() {
        return this == PLAIN_LOAD || this == OPAQUE_LOAD || this == LOAD || this == COPY_FROM;
    }

    boolean isStore() {
        return this == PLAIN_STORE || this == OPAQUE_STORE || this == STORE;
    }

    boolean isCompare() {
        return this == COMPARE_AND_SET || this == COMPARE_AND_EXCHANGE;
    }

    @Override
    public String toString() {
        return text;
    }
}
