package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a snapshot of a record says by itself, and that the record is read field by field. */
class PageInfoTest {
    private static PageInfo head(int order, int refCount, int pinCount) {
        return new PageInfo(8, PageType.USER, 0, 8, order, refCount, pinCount, 0, 0, 0, 0, 0);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, false", "0, 1, false", "0, 1023, false", "0, 1024, true", "0, 1025, true",
            "0, 2147483647, true", "0, -2147483648, true", "0, -1, true"})
    void aSinglePageMayBePinnedFrom1024ReferencesOn(int order, int references, boolean maybe) {
        assertThat(PageRefs.PIN_BIAS).isEqualTo(1024);
        assertThat(head(order, references, 0).maybePinned()).isEqualTo(maybe);
    }

    @ParameterizedTest
    @CsvSource({"1, 5000, 0, false", "1, 5000, 1, true", "9, 1, 1, true", "9, 1, -1, false"})
    void aFolioCountsItsPins(int order, int references, int pins, boolean maybe) {
        assertThat(head(order, references, pins).maybePinned()).isEqualTo(maybe);
    }

    @Test
    void aTailIsNoHeadAndHasOnePage() {
        PageInfo tail = new PageInfo(9, PageType.USER, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(tail.isHead()).isFalse();
        assertThat(tail.pages()).isOne();
        assertThat(tail.maybePinned()).isFalse();
        assertThat(head(3, 1, 0).isHead()).isTrue();
        assertThat(head(3, 1, 0).pages()).isEqualTo(8);
    }

    @Test
    void itsTypeHasAName() {
        assertThat(head(0, 1, 0).typeName()).isEqualTo("USER");
        assertThat(new PageInfo(8, PageType.TABLE, 0, 8, 0, 1, 0, 0, 0, 0, 0, 0).typeName()).isEqualTo("TABLE");
        assertThat(head(2, 1, 0).toString()).contains("8").contains("USER").contains("order 2");
    }
}
