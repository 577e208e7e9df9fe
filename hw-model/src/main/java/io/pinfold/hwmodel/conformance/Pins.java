package io.pinfold.hwmodel.conformance;

/**
 * The pin counters of a machine, in pages.
 *
 * @param acquired pins taken
 * @param released pins given back
 */
record Pins(long acquired, long released) {

    Pins since(Pins before) {
        return new Pins(acquired - before.acquired, released - before.released);
    }

    @Override
    public String toString() {
        return (acquired == 0 ? "0" : "+" + acquired) + "/" + (released == 0 ? "0" : "+" + released);
    }
}
