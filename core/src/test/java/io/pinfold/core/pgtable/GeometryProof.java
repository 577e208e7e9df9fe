package io.pinfold.core.pgtable;

import io.pinfold.core.geometry.TableShape;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * In a test run on another geometry: proves for every test class, before its first test, that the page tables really
 * have it. Which {@link TableShape} is loaded depends on nothing but the order of a class path; with the default one
 * most tests would still pass, and prove nothing. The pom names the folder it must come from in a system property and
 * switches the extension on.
 */
public final class GeometryProof implements BeforeAllCallback {
    private static final String FOLDER = "pinfold.geometry.folder";

    /** For JUnit, which finds the class by its service file. */
    public GeometryProof() {
    }

    @Override
    public void beforeAll(ExtensionContext context) throws URISyntaxException {
        String wanted = System.getProperty(FOLDER);
        if (wanted == null) {
            throw new IllegalStateException(FOLDER + " does not say where TableShape must come from");
        }
        Path found = Path.of(TableShape.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (!found.equals(Path.of(wanted).toAbsolutePath().normalize())) {
            throw new IllegalStateException("this run needs the TableShape of " + wanted + "; the one with "
                    + Geometry.BITS_PER_LEVEL + " bits a level and " + Geometry.LEVELS
                    + " levels that was loaded is from "
                    + found);
        }
    }
}
