package io.pinfold.core.gup;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.kernel.FollFlags;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Options are the kernel's flags under names, and a combination leaves what it was made of as it was. */
class GupOptionsTest {

    @Test
    void eachOptionIsOneFlag() {
        Map<GupOptions, Integer> wanted = new LinkedHashMap<>();
        wanted.put(GupOptions.READ, 0);
        wanted.put(GupOptions.WRITE, FollFlags.FOLL_WRITE);
        wanted.put(GupOptions.READ.longTerm(), FollFlags.FOLL_LONGTERM);
        wanted.put(GupOptions.READ.force(), FollFlags.FOLL_FORCE);
        wanted.put(GupOptions.READ.noFault(), FollFlags.FOLL_NOFAULT);
        wanted.put(GupOptions.READ.interruptible(), FollFlags.FOLL_INTERRUPTIBLE);
        wanted.put(GupOptions.WRITE.longTerm().force(),
                FollFlags.FOLL_WRITE | FollFlags.FOLL_LONGTERM | FollFlags.FOLL_FORCE);
        assertThat(wanted).hasSize(7).allSatisfy((options, flags) -> {
            assertThat(options.flags()).isEqualTo(flags);
            assertThat(options.isWrite()).isEqualTo((flags & FollFlags.FOLL_WRITE) != 0);
        });
    }

    @Test
    void aCombinationIsNew() {
        GupOptions options = GupOptions.WRITE;
        assertThat(options.longTerm()).isNotEqualTo(options).isEqualTo(GupOptions.WRITE.longTerm())
                .hasSameHashCodeAs(GupOptions.WRITE.longTerm());
        assertThat(options).isEqualTo(GupOptions.WRITE).isNotEqualTo(GupOptions.READ).isNotEqualTo(options.flags());
        assertThat(options.flags()).isEqualTo(FollFlags.FOLL_WRITE);
    }

    @Test
    void theyAreShownAsTheyAreWritten() {
        assertThat(GupOptions.READ).hasToString("READ");
        assertThat(GupOptions.WRITE.interruptible().longTerm().noFault().force())
                .hasToString("WRITE.longTerm().force().noFault().interruptible()");
    }
}
