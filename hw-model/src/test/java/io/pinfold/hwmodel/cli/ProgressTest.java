package io.pinfold.hwmodel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final String ERASED = "\r\033[K";

    private final StringWriter err = new StringWriter();

    private Progress progress(boolean isTerminal) {
        return new Progress(new PrintWriter(err), "bytes", 10, isTerminal);
    }

    @Test
    void onlyLinesThatStayArePrintedWithoutATerminal() {
        try (Progress silent = progress(false)) {
            silent.say("banner");
            silent.at(5, "");
            silent.step("last");
        }
        assertThat(err.toString().lines()).containsExactly("banner");
    }

    @Test
    void theLineTellsHowFarAndWhatIsAtWorkAndHowLongStill() {
        try (Progress watched = progress(true)) {
            watched.at(5, "now");
            assertThat(err.toString()).matches("\r 50 %  5 of 10 bytes, 0:00 left: now");
        }
        assertThat(err.toString()).endsWith(ERASED);
    }

    @Test
    void aLineThatStaysTakesThePlaceOfTheOther() {
        try (Progress watched = progress(true)) {
            watched.at(5, "");
            watched.say("stays");
        }
        assertThat(err.toString()).endsWith("left" + ERASED + "stays" + System.lineSeparator());
    }

    @Test
    void whatStartsAnewStartsAtNothing() {
        try (Progress watched = progress(true)) {
            watched.at(10, "first");
            watched.restart(2);
            watched.step("second");
            watched.step("third");
        }
        assertThat(err.toString()).contains("10 of 10 bytes: first", "2 of 2 bytes: third").doesNotContain("11 of")
                .doesNotContain("12 of");
    }

    @Test
    void theEndIsShownThoughItComesAtOnce() {
        try (Progress watched = progress(true)) {
            watched.at(5, "");
            watched.at(6, "");
            watched.at(10, "");
        }
        assertThat(err.toString()).doesNotContain(" 6 of").contains("100 %  10 of 10 bytes" + ERASED);
    }

    @Test
    void theTotalMayBecomeKnownLater() {
        try (Progress watched = progress(true)) {
            watched.at(1, 4, "");
        }
        assertThat(err.toString()).contains(" 25 %  1 of 4 bytes, 0:00 left");
    }

    @Test
    void aLongLineIsCutSoThatItDoesNotWrap() {
        try (Progress watched = progress(true)) {
            watched.at(5, "x".repeat(200));
        }
        assertThat(err.toString().strip().lines().findFirst().orElse("")).contains("xxx").hasSizeLessThan(90);
    }
}
