package io.pinfold.jcstress.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;
import io.pinfold.jcstress.arch.planted.Prints;
import io.pinfold.jcstress.arch.planted.Sleeps;
import io.pinfold.jcstress.arch.planted.UsesAtomics;
import io.pinfold.jcstress.arch.planted.UsesMonitor;
import io.pinfold.jcstress.arch.planted.UsesThreadIdentity;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.instruction.MonitorInstruction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * In core and fastpath threads wait in Waits and exclude each other by Mutex and SharedMutex, and by nothing else. A
 * checker replaces those three, so any other wait or lock would be invisible to it.
 */
class WaitingTest {

    private static final Set<String> GATES = Set.of("io.pinfold.core.words.Waits", "io.pinfold.core.words.Mutex",
            "io.pinfold.core.words.SharedMutex");

    private static final ArchRule NO_CONCURRENT_UTILITIES = noClasses().that(areNotGates()).should()
            .dependOnClassesThat(resideInAPackage("java.util.concurrent.."));

    private static final ArchRule NO_SYNCHRONIZED_METHOD = noMethods().should().haveModifier(JavaModifier.SYNCHRONIZED);

    private static final ArchRule NO_OTHER_WAIT = noClasses().that(areNotGates()).should()
            .callMethodWhere(
                    describe("waits", call -> isCall(call.getTarget(), Object.class, "wait", "notify", "notifyAll")
                            || isCall(call.getTarget(), Thread.class, "sleep", "join", "yield", "onSpinWait")));

    /** Picks a stripe of a counter by it, where no session is at hand; the sum does not depend on it. */
    private static final String COUNTS_BY_THREAD = "io.pinfold.core.memory.handle.TakeCounts";

    /** Keeps it for the message of a close. */
    private static final String NAMES_THREAD = "io.pinfold.core.epoch.ReadScope";

    private static final ArchRule NO_THREAD_IDENTITY = noClasses().that(
            describe("are neither " + COUNTS_BY_THREAD + " nor " + NAMES_THREAD,
                    type -> !type.getName().equals(COUNTS_BY_THREAD) && !type.getName().equals(NAMES_THREAD)))
            .should()
            .callMethodWhere(describe("reads the identity of a thread or an object",
                    call -> isCall(call.getTarget(), Thread.class, "threadId", "getId")
                            || isCall(call.getTarget(), System.class, "identityHashCode")))
            .orShould().dependOnClassesThat().areAssignableTo(ThreadLocal.class)
            .because("slots come from an explicit context, so that an interleaving can be repeated");

    private static final ArchRule NO_PRINTING = noClasses().should()
            .accessFieldWhere(describe("is System.out or System.err",
                    access -> access.getTargetOwner().isEquivalentTo(System.class)
                            && Set.of("out", "err").contains(access.getTarget().getName())))
            .orShould()
            .callMethodWhere(describe("prints a stack trace",
                    call -> call.getTarget().getOwner().isAssignableTo(Throwable.class)
                            && call.getTarget().getName().equals("printStackTrace")));

    @ParameterizedTest
    @EnumSource(names = {"CORE", "FASTPATH"})
    void noLockAtomicOrConcurrentCollection(Modules module) {
        NO_CONCURRENT_UTILITIES.check(module.classes());
    }

    @ParameterizedTest
    @EnumSource(names = {"CORE", "FASTPATH"})
    void noSynchronized(Modules module) throws IOException {
        NO_SYNCHRONIZED_METHOD.check(module.classes());
        List<String> offenders = new ArrayList<>();
        for (Path file : module.classFiles()) {
            offenders.addAll(monitorUsers(Files.readAllBytes(file)));
        }
        assertThat(offenders).as("methods with a synchronized block").isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"CORE", "FASTPATH"})
    void nobodyElseWaits(Modules module) {
        NO_OTHER_WAIT.check(module.classes());
    }

    @ParameterizedTest
    @EnumSource(names = {"CORE", "FASTPATH"})
    void nobodyAsksWhichThreadRuns(Modules module) {
        NO_THREAD_IDENTITY.check(module.classes());
    }

    @ParameterizedTest
    @EnumSource(names = {"CORE", "FASTPATH"})
    void aLibraryDoesNotPrint(Modules module) {
        NO_PRINTING.check(module.classes());
    }

    @Test
    void offendersAreNoticed() throws IOException {
        Planted.breaks(NO_CONCURRENT_UTILITIES, UsesAtomics.class);
        Planted.breaks(NO_SYNCHRONIZED_METHOD, UsesMonitor.class);
        Planted.breaks(NO_OTHER_WAIT, Sleeps.class);
        Planted.breaks(NO_THREAD_IDENTITY, UsesThreadIdentity.class);
        Planted.breaks(NO_PRINTING, Prints.class);
        try (var bytes = UsesMonitor.class.getResourceAsStream("UsesMonitor.class")) {
            assertThat(bytes).isNotNull();
            assertThat(monitorUsers(bytes.readAllBytes())).singleElement().asString().endsWith("UsesMonitor.block");
        }
    }

    private static DescribedPredicate<JavaClass> areNotGates() {
        return describe("are not Waits, Mutex or SharedMutex", type -> !GATES.contains(outermost(type).getName()));
    }

    private static JavaClass outermost(JavaClass type) {
        return type.getEnclosingClass().map(WaitingTest::outermost).orElse(type);
    }

    private static boolean isCall(AccessTarget target, Class<?> owner, String... names) {
        return target.getOwner().isAssignableTo(owner) && Set.of(names).contains(target.getName());
    }

    /** Synchronized blocks leave no modifier, only an instruction, which ArchUnit does not read. */
    private static List<String> monitorUsers(byte[] classFile) {
        ClassModel type = ClassFile.of().parse(classFile);
        return type.methods().stream()
                .filter(method -> method.code().stream().flatMap(code -> code.elementStream())
                        .anyMatch(MonitorInstruction.class::isInstance))
                .map(method -> type.thisClass().asInternalName() + "." + method.methodName().stringValue()).toList();
    }
}
