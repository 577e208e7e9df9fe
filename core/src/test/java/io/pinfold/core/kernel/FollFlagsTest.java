package io.pinfold.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.foll.FollBits;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What callers may pass has the values that the library works with; what it sets itself is not among them. */
class FollFlagsTest {

    private static Map<String, Integer> constants(Class<?> type) throws IllegalAccessException {
        Map<String, Integer> constants = new TreeMap<>();
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == int.class) {
                constants.put(field.getName(), field.getInt(null));
            }
        }
        return constants;
    }

    @Test
    void theyAreTheLibrarysBitsWithoutTheInternalOnes() throws IllegalAccessException {
        Map<String, Integer> wanted = constants(FollBits.class);
        assertThat(wanted).hasSize(17);
        assertThat(wanted.keySet().removeIf(name -> name.matches("FOLL_(PIN|TOUCH|REMOTE|TRIED|MIGRATION)"))).isTrue();
        assertThat(constants(FollFlags.class)).isEqualTo(wanted);
    }
}
