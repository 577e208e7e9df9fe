package io.pinfold.jmh.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs rows for a moment in this JVM, so that a broken one is noticed. Each group ends by closing its memory, which
 * fails while a page is held.
 */
class GroupTest {
    @ParameterizedTest
    @EnumSource(names = {"POOL_READ", "POOL_PIN", "POOL_HIT", "HANDLE_GET", "HANDLE_PIN", "HANDLE_MIXED",
            "HANDLE_SCOPED", "READ_VALIDATED", "READ_PROTECTED", "READ_PROTECTED_64", "FAULT_FIRST", "FAULT_COW",
            "FAULT_HUGETLB", "FAULT_HUGETLB_MAPPED", "MUNMAP_PAGE"})
    void everyRowOfAGroupIsMeasuredBesideItsYardstick(Group group) {
        List<Figure> figures = group.rows().measure(2, 1);

        assertThat(figures).extracting(Figure::id).isEqualTo(group.ids());
        assertThat(figures).allSatisfy(figure -> {
            assertThat(figure.nanos()).isPositive();
            assertThat(figure.ratio()).isPositive();
            assertThat(Yardstick.isForeign(figure.ratioTo())).isTrue();
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"THREADS_HANDLE", "POOL_TWO_READ", "POOL_TWO_PIN"})
    void twoThreadsAreMeasured(Group group) {
        List<Figure> figures = group.rows().measure(2, 1);

        assertThat(figures).extracting(Figure::id).isEqualTo(group.ids());
        if (Runtime.getRuntime().availableProcessors() > 1) {
            assertThat(figures).allSatisfy(figure -> assertThat(figure.ratio()).isPositive());
        }
    }
}
