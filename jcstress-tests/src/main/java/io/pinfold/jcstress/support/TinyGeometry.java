package io.pinfold.jcstress.support;

import io.pinfold.core.geometry.TableShape;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.jcstress.gate.RaceTests;

/**
 * Proof that the library under test was linked with the tiny page tables: four entries each, so that a machine fits in
 * a few pages and every level is walked, filled and freed all the time.
 *
 * <p>Which {@code TableShape} is loaded depends on the order of a class path alone. With the default one the tests
 * would still pass, and prove less.
 */
public final class TinyGeometry {
    private static final int BITS_PER_LEVEL = 2;

    private TinyGeometry() {
    }

    /** Whether the geometry in use is the tiny one of this artefact. */
    public static boolean isLinked() {
        return RaceTests.codeSource(TinyGeometry.class).equals(RaceTests.codeSource(tableShape()))
                && Geometry.BITS_PER_LEVEL == BITS_PER_LEVEL;
    }

    /**
     * Returns when the geometry in use is the tiny one of this artefact.
     *
     * @throws IllegalStateException naming the place the wrong one came from
     */
    public static void require() {
        if (!isLinked()) {
            throw new IllegalStateException(
                    "race tests need the tiny page tables of " + RaceTests.codeSource(TinyGeometry.class)
                            + ", but a TableShape with " + Geometry.BITS_PER_LEVEL + " bits a level was loaded from "
                            + RaceTests.codeSource(tableShape()));
        }
    }

    /** The class that is exchanged. */
    static Class<?> tableShape() {
        return TableShape.class;
    }
}
