package io.pinfold.jcstress.support;

import io.pinfold.core.machine.TableShape;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.jcstress.gate.RaceTests;
import java.nio.file.Path;

/**
 * Proof that the library under test was linked with the tiny page tables: four entries each, so that a machine fits in
 * a few pages and every level is walked, filled and freed all the time.
 *
 * <p>Which {@code TableShape} is loaded depends on nothing but the order of a class path. With the default one the tests
 * would still pass, and prove less.
 */
public final class TinyGeometry {
    private static final int BITS_PER_LEVEL = 2;

    private TinyGeometry() {
    }

    /**
     * Returns when the geometry in use is the tiny one of this artefact.
     *
     * @throws IllegalStateException naming the place the wrong one came from
     */
    public static void require() {
        Path here = RaceTests.codeSource(TinyGeometry.class);
        Path there = RaceTests.codeSource(tableShape());
        if (!here.equals(there) || Geometry.BITS_PER_LEVEL != BITS_PER_LEVEL) {
            throw new IllegalStateException(
                    "race tests need the tiny page tables of " + here + ", but a TableShape with "
                            + Geometry.BITS_PER_LEVEL + " bits a level was loaded from " + there);
        }
    }

    /** The class that is exchanged. */
    static Class<?> tableShape() {
        return TableShape.class;
    }
}
