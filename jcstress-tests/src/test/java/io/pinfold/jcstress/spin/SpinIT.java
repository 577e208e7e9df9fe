package io.pinfold.jcstress.spin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Spin models: the complete protocols have no violation, and each has one if a defence is missing. */
class SpinIT {
    @TempDir
    Path work;

    static Stream<SpinModel> models() throws IOException {
        return SpinModel.in(SpinModelTest.FOLDER).stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyStateIsGoodAndNoDefenceIsIdle(SpinModel model) throws Exception {
        String missing = Spin.missing();
        assumeTrue(missing == null, () -> String.valueOf(missing));

        List<Spin.Result> results = new Spin(work).check(model);

        results.forEach(result -> System.out.printf("spin: %-16s %-16s %7d states, %d errors %s%n", result.model(),
                result.variant(), result.states(), result.errors(), result.message()));
        assertThat(results).hasSize(1 + model.switches().size()).allMatch(Spin.Result::isAsItShould);
    }
}
