package io.pinfold.core.words;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * In a run with checked memory: proves for every test class that the checked {@link Words} was really in the path.
 * Before its first test, by where the class was loaded from; after its last, by the number of accesses that were
 * checked, which must have grown. An error that was reported and then swallowed fails the class too.
 */
public final class CheckedProof implements BeforeAllCallback, AfterAllCallback {
    private static final String FOLDER = "pinfold.checked.folder";
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(CheckedProof.class);

    /** For JUnit, which finds the class by its service file. */
    public CheckedProof() {
    }

    @Override
    public void beforeAll(ExtensionContext context) throws URISyntaxException {
        String wanted = System.getProperty(FOLDER);
        if (wanted == null) {
            throw new IllegalStateException(FOLDER + " does not say where Words must come from");
        }
        for (Class<?> type : List.of(Words.class, Reservation.class, ControlMemory.class, Mutex.class,
                SharedMutex.class)) {
            Path found = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (!found.equals(Path.of(wanted).toAbsolutePath().normalize())) {
                throw new IllegalStateException("this run needs " + type + " of " + wanted
                        + "; the one that was loaded is from " + found);
            }
        }
        CheckedError.takeAll();
        context.getStore(NAMESPACE).put("accesses", Regions.accesses());
    }

    @Override
    public void afterAll(ExtensionContext context) {
        List<CheckedError> errors = CheckedError.takeAll();
        if (!errors.isEmpty()) {
            throw new AssertionError(errors.size() + " errors of checked memory, the first of them", errors.getFirst());
        }
        long before = context.getStore(NAMESPACE).get("accesses", Long.class);
        long accesses = Regions.accesses() - before;
        if (accesses == 0) {
            throw new AssertionError("not one access was checked in " + context.getDisplayName());
        }
        System.out.println("checked memory: " + context.getDisplayName() + " made " + accesses + " checked accesses");
    }
}
