package io.pinfold.jcstress.explore.scenario;

import java.util.List;

/** A protocol with shipping code on both sides, small enough that all its interleavings can be tried. */
public interface Scenario {

    /** As the command line names it, in kebab-case: {@code pin-vs-unmap}. */
    String name();

    /** The races of the specification it is about: {@code R1 R12}. */
    String races();

    /** One line: who meets whom, and what must not happen. */
    String about();

    /** The outcomes that {@link World#end} may tell. Any other is a violation. */
    List<String> allowed();

    /**
     * Of those, the ones that a complete search must have seen in every memory model, or the two sides never met and the search
     * proves nothing.
     */
    List<String> required();

    /** Builds everything that all runs share, by product code at full speed, outside of any search. */
    World build();

    /** What the runs of one search share. Not thread-safe; each search builds its own. */
    interface World extends AutoCloseable {

        /** Names of the strands, in their order: {@code walker}, {@code unmapper}. */
        List<String> strands();

        /**
         * A run begins. Native memory and the fields of product objects reachable from this world are again as {@link Scenario#build} left
         * them; what a run needs afresh is made here.
         */
        void begin();

        /** What a strand does, under the scheduler. Anything thrown is a violation. */
        void run(int strand);

        /**
         * A run has ended, all strands with it: checks the invariants and tells what came of it, in words such as {@code PINNED, KEPT}.
         *
         * @throws AssertionError if an invariant is broken; the message names it ("I3: ...")
         */
        String end();

        /** What the page is like at this moment, on one line, for the replay: {@code count 1025, entry present, frame 7}. */
        String state();

        /** The words worth a name in schedules and traces. */
        void name(Names names);

        @Override
        void close();
    }

    /** Takes the names of words. */
    @FunctionalInterface
    interface Names {

        /** From now on the word at an address is called so: {@code pte}, {@code page.refcount}. */
        void name(long address, String name);
    }
}
