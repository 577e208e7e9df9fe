package io.pinfold.jcstress.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;
import io.pinfold.jcstress.arch.planted.HoldsSegment;
import io.pinfold.jcstress.arch.planted.HoldsVarHandle;
import io.pinfold.jcstress.arch.planted.Reinterprets;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One class accesses native memory, and every module keeps its restricted calls in one class. */
class MemoryAccessTest {

    private static final String WORDS = "io.pinfold.core.words.Words";

    /**
     * Classes that may keep a segment in a field, because none of their users is on a hot path: an owner that must keep
     * its arena's memory reachable, or a view handed to the caller.
     */
    private static final Set<String> SEGMENT_HOLDERS = Set.of("io.pinfold.core.mm.space.Mm",
            "io.pinfold.fastpath.GupSessionPool", "io.pinfold.fastpath.PinnedRange");

    /** The restricted methods of the JDK: used wrongly they crash the JVM. */
    private static final Map<Class<?>, Set<String>> RESTRICTED = Map.of(MemorySegment.class, Set.of("reinterpret"),
            Linker.class, Set.of("downcallHandle", "upcallStub"), SymbolLookup.class, Set.of("libraryLookup"),
            AddressLayout.class, Set.of("withTargetLayout"), System.class, Set.of("load", "loadLibrary"), Runtime.class,
            Set.of("load", "loadLibrary"));

    private static final ArchRule NO_VAR_HANDLE_OUTSIDE_WORDS = noClasses().that().doNotHaveFullyQualifiedName(WORDS)
            .should().dependOnClassesThat(assignableTo(VarHandle.class))
            .because(
                    "Words holds every VarHandle: exact, static final, native order; checkers exchange that one class");

    private static final ArchRule NO_RESTRICTED_CALL = noClasses().that(areNotGates()).should()
            .callCodeUnitWhere(describe("is restricted", call -> isRestricted(call.getTarget()))).orShould()
            .accessTargetWhere(describe("is restricted", access -> isRestricted(access.getTarget())))
            .because("a crash of the JVM must have few places to come from");

    private static final ArchRule NO_SEGMENT_FIELD = noFields()
            .that(describe("are instance fields", field -> !field.getModifiers().contains(JavaModifier.STATIC))).and()
            .areDeclaredInClassesThat(describe("hold no segment on purpose", type -> !mayHoldSegments(type))).should()
            .haveRawType(assignableTo(MemorySegment.class))
            .because("a segment in an instance field costs two to three times an address");

    private static final ArchRule NO_UNSAFE = noClasses().should().dependOnClassesThat()
            .resideInAnyPackage("sun..", "jdk.internal..", "com.sun..");

    @ParameterizedTest
    @EnumSource(names = {"CORE", "FASTPATH", "HW_MODEL"})
    void onlyWordsHoldsVarHandles(Modules module) {
        NO_VAR_HANDLE_OUTSIDE_WORDS.check(module.classes());
    }

    @ParameterizedTest
    @EnumSource(names = {"CORE", "FASTPATH", "HW_MODEL"})
    void restrictedMethodsAreCalledInOneClassOfAModule(Modules module) {
        NO_RESTRICTED_CALL.check(module.classes());
    }

    @ParameterizedTest
    @EnumSource(names = {"CORE", "FASTPATH"})
    void hotClassesKeepAddressesNotSegments(Modules module) {
        NO_SEGMENT_FIELD.check(module.classes());
    }

    @ParameterizedTest
    @EnumSource(names = {"CORE", "FASTPATH", "HW_MODEL"})
    void nobodyUsesUnsafe(Modules module) {
        NO_UNSAFE.check(module.classes());
    }

    @Test
    void offendersAreNoticed() throws ClassNotFoundException {
        Planted.breaks(NO_VAR_HANDLE_OUTSIDE_WORDS, HoldsVarHandle.class);
        Planted.breaks(NO_RESTRICTED_CALL, Reinterprets.class);
        Planted.breaks(NO_SEGMENT_FIELD, HoldsSegment.class);
        // javac warns about Unsafe and the warning cannot be suppressed, so the offender is a class of a library.
        Planted.breaks(NO_UNSAFE, Class.forName("org.jctools.util.UnsafeAccess", false, getClass().getClassLoader()));
    }

    private static DescribedPredicate<JavaClass> areNotGates() {
        return describe("are neither Words nor a NativeAccess",
                type -> !type.getName().equals(WORDS) && !outermost(type).getSimpleName().equals("NativeAccess"));
    }

    private static boolean mayHoldSegments(JavaClass type) {
        return SEGMENT_HOLDERS.contains(outermost(type).getName())
                || outermost(type).getSimpleName().equals("NativeAccess");
    }

    private static JavaClass outermost(JavaClass type) {
        return type.getEnclosingClass().map(MemoryAccessTest::outermost).orElse(type);
    }

    private static boolean isRestricted(AccessTarget target) {
        return RESTRICTED.entrySet().stream().anyMatch(entry -> target.getOwner().isAssignableTo(entry.getKey())
                && entry.getValue().contains(target.getName()));
    }
}
