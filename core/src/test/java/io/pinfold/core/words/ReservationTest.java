package io.pinfold.core.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

class ReservationTest {
    @Test
    void isZeroedPageAlignedAndUsableToTheEnd() {
        Reservation reservation = Reservation.of("a test", 3L * Align.PAGE_BYTES);
        assertThat(reservation.address() % Align.PAGE_BYTES).isZero();
        assertThat(reservation.bytes()).isEqualTo(3L * Align.PAGE_BYTES);
        for (long word = reservation.address(); word < reservation.address() + reservation.bytes(); word += 8) {
            assertThat(Words.getLong(word)).isZero();
            Words.setLong(word, word);
        }
        reservation.release();
    }

    @Test
    void sizesThatAreNoPagesAreRefused() {
        assertThatThrownBy(() -> Reservation.of("a test", 0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytes for a test: 0");
        assertThatThrownBy(() -> Reservation.of("a test", 4097)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4097");
    }

    @Test
    void aRefusalNamesSizeLimitAndRemedy() {
        assumeTrue(NativeAccess.isAvailable(), "memory is reserved through mmap on Linux only");
        long bytes = 1L << 60;
        assertThatThrownBy(() -> Reservation.of("a test", bytes)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot reserve " + bytes + " bytes of address space for a test")
                .hasMessageContaining("(ENOMEM)").hasMessageContaining("ulimit -v")
                .hasMessageContaining("vm.overcommit_memory: ").hasMessageContaining("Ask for less memory");
    }
}
