package io.pinfold.jcstress.mutants.mechanical;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pitest.bytecode.analysis.ClassTree;
import org.pitest.mutationtest.build.InterceptorParameters;
import org.pitest.mutationtest.build.InterceptorType;
import org.pitest.mutationtest.build.MutationInterceptor;
import org.pitest.mutationtest.build.MutationInterceptorFactory;
import org.pitest.mutationtest.engine.Mutater;
import org.pitest.mutationtest.engine.MutationDetails;
import org.pitest.plugin.Feature;

/**
 * PIT's plug-in for trying certain mutants again: those whose {@link PitMutant#id} stands in the file that the system
 * property {@code pinfold.pit.only} names. Without the property PIT tries all that it makes.
 */
public final class PitFilter implements MutationInterceptorFactory {

    private static final String ONLY = "pinfold.pit.only";

    /** For PIT. */
    public PitFilter() {
    }

    @Override
    public Feature provides() {
        return Feature.named("PINFOLD_ONLY").withOnByDefault(true).withDescription(description());
    }

    @Override
    public String description() {
        return "Only the mutants of a list";
    }

    @Override
    public MutationInterceptor createInterceptor(InterceptorParameters parameters) {
        String file = System.getProperty(ONLY);
        try {
            return new OfList(file == null ? null : Set.copyOf(Files.readAllLines(Path.of(file))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The identity of a mutant, as {@link PitMutant#id} spells it. */
    static String id(MutationDetails mutant) {
        var place = mutant.getId().getLocation();
        List<String> indexes = mutant.getId().getIndexes().stream().map(String::valueOf).toList();
        return place.getClassName().asJavaName() + "." + place.getMethodName() + place.getMethodDesc() + " "
                + mutant.getMutator() + " " + String.join(",", indexes);
    }

    /** {@code only}: null for all. */
    private record OfList(@Nullable Set<String> only) implements MutationInterceptor {

        @Override
        public InterceptorType type() {
            return InterceptorType.FILTER;
        }

        @Override
        public void begin(ClassTree type) {
            // a mutant is known by its identity alone
        }

        @Override
        public Collection<MutationDetails> intercept(Collection<MutationDetails> mutants, Mutater mutater) {
            return only == null ? mutants : mutants.stream().filter(mutant -> only.contains(id(mutant))).toList();
        }

        @Override
        public void end() {
            // nothing was opened
        }
    }
}
