package io.pinfold.jcstress.explore.scenario;

import java.util.List;

/** A protocol with shipping code on both sides, small enough that all its interleavings can be tried. */
public interface Scenario {

    /** The name on the command line, in kebab-case: {@code pin-vs-unmap}. */
    String name();

    /** Its races of the specification: {@code R1 R12}. */
    String races();

    /** One line: the two sides, and what must not happen. */
    String about();

    /** The outcomes that {@link World#end} may return. Any other is a violation. */
    List<String> allowed();

    /**
     * The outcomes that a complete search must have seen in every memory model; otherwise the two sides never met and
     * the search proves nothing.
     */
    List<String> required();

    /** Builds the state that all runs share, by product code outside of any search. */
    World build();

    /** The state that the runs of one search share. Not thread-safe; each search builds its own. */
    interface World extends AutoCloseable {

        /** Names of the strands, in their order: {@code walker}, {@code unmapper}. */
        List<String> strands();

        /**
         * Begins a run. Native memory and the fields of product objects reachable from this world are as {@link
         * Scenario#build} left them; objects of a single run are made here.
         */
        void begin();

        /** Runs a strand under the scheduler. Anything thrown is a violation. */
        void run(int strand);

        /**
         * Ends a run after all strands have ended: checks the invariants and returns the outcome, in words such as
         * {@code PINNED, KEPT}.
         *
         * @throws AssertionError if an invariant is broken; the message names it ("I3: ...")
         */
        String end();

        /**
         * The state of the page at this moment, on one line, for the replay: {@code count 1025, entry present, frame
         * 7}.
         */
        String state();

        /** The words that have names in schedules and traces. */
        void name(Names names);

        @Override
        void close();
    }

    /** Receives the names of words. */
    @FunctionalInterface
    interface Names {

        /** Names the word at an address: {@code pte}, {@code page.refcount}. */
        void name(long address, String name);
    }
}
