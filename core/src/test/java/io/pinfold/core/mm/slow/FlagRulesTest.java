package io.pinfold.core.mm.slow;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.gup.Errno;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every rule of which flags go together that exists so far, over all single bits and over all pairs. */
class FlagRulesTest {

    private static final int FAST = FollBits.FOLL_WRITE | FollBits.FOLL_FORCE | FollBits.FOLL_NOFAULT
            | FollBits.FOLL_FAST_ONLY;
    private static final int SLOW = FollBits.FOLL_WRITE | FollBits.FOLL_DUMP | FollBits.FOLL_FORCE
            | FollBits.FOLL_NOWAIT | FollBits.FOLL_NOFAULT | FollBits.FOLL_HWPOISON | FollBits.FOLL_ANON
            | FollBits.FOLL_SPLIT_PMD | FollBits.FOLL_INTERRUPTIBLE;

    @Test
    void fastAcceptsExactlyItsFlags() {
        for (int a = 0; a < Integer.SIZE; a++) {
            for (int b = 0; b < Integer.SIZE; b++) {
                int flags = 1 << a | 1 << b;
                assertThat(FlagRules.checkFast(flags, false)).as("get 0x%x", flags)
                        .isEqualTo(verdict(flags, FAST | FollBits.FOLL_GET));
                assertThat(FlagRules.checkFast(flags, true)).as("pin 0x%x", flags)
                        .isEqualTo(verdict(flags, FAST | FollBits.FOLL_LONGTERM));
            }
        }
    }

    @Test
    void slowAcceptsExactlyItsFlags() {
        for (int a = 0; a < Integer.SIZE; a++) {
            for (int b = 0; b < Integer.SIZE; b++) {
                int flags = 1 << a | 1 << b;
                assertThat(FlagRules.checkSlow(flags, false, true, false)).as("get 0x%x", flags)
                        .isEqualTo(verdict(flags, SLOW | FollBits.FOLL_GET));
                assertThat(FlagRules.checkSlow(flags, false, false, false)).as("prefault 0x%x", flags)
                        .isEqualTo(verdict(flags, SLOW));
                assertThat(FlagRules.checkSlow(flags, true, true, false)).as("pin 0x%x", flags)
                        .isEqualTo(verdict(flags, SLOW | FollBits.FOLL_LONGTERM));
                assertThat(FlagRules.checkSlow(flags, true, true, true)).as("pin unlocked 0x%x", flags)
                        .isEqualTo(verdict(flags, SLOW));
                assertThat(FlagRules.checkSlow(flags, true, false, false)).as("pin without batch 0x%x", flags)
                        .isEqualTo(-Errno.EINVAL);
            }
        }
    }

    @Test
    void noFlagsAreLegalEverywhereButForAPinWithoutBatch() {
        assertThat(FlagRules.checkFast(0, false)).isZero();
        assertThat(FlagRules.checkFast(0, true)).isZero();
        assertThat(FlagRules.checkSlow(0, false, true, false)).isZero();
        assertThat(FlagRules.checkSlow(0, false, false, true)).isZero();
        assertThat(FlagRules.checkSlow(0, true, true, true)).isZero();
        assertThat(FlagRules.checkSlow(0, true, false, true)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void flagsAreDistinctBitsWithTheirLinuxValues() throws IllegalAccessException {
        List<String> names = new ArrayList<>();
        int seen = 0;
        for (Field field : FollBits.class.getDeclaredFields()) {
            if (field.getName().startsWith("FOLL_") && Modifier.isStatic(field.getModifiers())) {
                int bit = field.getInt(null);
                assertThat(Integer.bitCount(bit)).as(field.getName()).isOne();
                assertThat(seen & bit).as("%s is taken", field.getName()).isZero();
                seen |= bit;
                names.add(field.getName());
            }
        }
        assertThat(names).hasSizeGreaterThan(15);
        assertThat(FollBits.FOLL_WRITE).isEqualTo(0x1);
        assertThat(FollBits.FOLL_FORCE).isEqualTo(0x10);
        assertThat(FollBits.FOLL_LONGTERM).isEqualTo(0x10000);
        assertThat(FollBits.FOLL_PIN).isEqualTo(0x40000);
        assertThat(FollBits.FOLL_FAST_ONLY).isEqualTo(0x80000);
    }

    @Test
    void errnosHaveNamesOfEitherSign() throws IllegalAccessException {
        int named = 0;
        for (Field field : Errno.class.getDeclaredFields()) {
            if (field.getType() == int.class) {
                assertThat(Errno.nameOf(field.getInt(null))).isEqualTo(field.getName());
                assertThat(Errno.nameOf(-field.getInt(null))).isEqualTo(field.getName());
                named++;
            }
        }
        assertThat(named).isGreaterThan(10);
        assertThat(Errno.nameOf(7)).isEqualTo("errno 7");
    }

    private static int verdict(int flags, int legal) {
        return (flags & ~legal) == 0 ? 0 : -Errno.EINVAL;
    }
}
