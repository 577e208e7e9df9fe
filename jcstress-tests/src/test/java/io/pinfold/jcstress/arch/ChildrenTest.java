package io.pinfold.jcstress.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.lang.ArchRule;
import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.jcstress.arch.planted.StartsProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Main code starts child processes by {@link ChildProcess} only, so each has an effective limit, and none outlives its
 * starter.
 */
class ChildrenTest {
    private static final ArchRule NO_OTHER_START = noClasses().that().doNotHaveFullyQualifiedName(
            ChildProcess.class.getName()).should()
            .callMethodWhere(describe("starts a process", call -> isStart(call.getTarget())));

    @ParameterizedTest
    @EnumSource
    void nobodyElseStartsAProcess(Modules module) {
        NO_OTHER_START.check(module.classes());
    }

    @Test
    void anOffenderIsNoticed() {
        Planted.breaks(NO_OTHER_START, StartsProcess.class);
    }

    private static boolean isStart(AccessTarget target) {
        String name = target.getName();
        return target.getOwner().isEquivalentTo(ProcessBuilder.class)
                && (name.equals("start") || name.equals("startPipeline"))
                || target.getOwner().isEquivalentTo(Runtime.class) && name.equals("exec");
    }
}
