package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.device.DevPagemapOptions.Removal;
import io.pinfold.core.device.DevPagemapType;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each {@code with} method of options that are a record changes its component, and no other. */
class RecordOptionsTest {
    private static final DevPagemapOps OPS = new DevPagemapOps() {
    };
    /** Options in which no component is what a factory method makes it. */
    private static final List<Record> UNUSUAL = List.of(new MemoryOptions(64L << 20, 16L << 20, 8L << 20, 2),
            new DevPagemapOptions(DevPagemapType.FS_DAX, List.of(new Range(512, 512)), 3, OPS, "owner",
                    Removal.LOOKUPS_HOLD));
    /** What each method is given, by the name of its component. */
    private static final Map<String, Object> NEXT = Map.of("movableBytes", 4L << 20, "deviceBytes", 12L << 20, "nodes",
            1, "ranges", List.of(new Range(1024, 512)), "order", 2, "ops", DevPagemapOps.NONE, "owner", "other",
            "removal", Removal.PAGES_HOLD);

    static List<Record> unusual() {
        return UNUSUAL;
    }

    @ParameterizedTest
    @MethodSource("unusual")
    void aMethodChangesItsComponentAlone(Record options) throws ReflectiveOperationException {
        int methods = 0;
        for (Method method : options.getClass().getMethods()) {
            if (!method.getName().startsWith("with")) {
                continue;
            }
            methods++;
            String changed = Character.toLowerCase(method.getName().charAt(4)) + method.getName().substring(5);
            Object made = method.invoke(options, NEXT.get(changed));
            for (RecordComponent component : options.getClass().getRecordComponents()) {
                Object expected = component.getName().equals(changed) ? NEXT.get(changed)
                        : component.getAccessor().invoke(options);
                assertThat(component.getAccessor().invoke(made)).as("%s after %s", component.getName(),
                        method.getName()).isEqualTo(expected);
            }
        }
        assertThat(methods).isGreaterThanOrEqualTo(3);
    }

    /** A list that its maker changes afterwards changes no options, and the options' list cannot be changed. */
    @Test
    void aListIsCopied() {
        Range range = new Range(512, 512);
        List<Range> ranges = new ArrayList<>(List.of(range));
        DevPagemapOptions options = DevPagemapOptions.of(DevPagemapType.FS_DAX, 0, 1).withRanges(ranges);
        ranges.set(0, new Range(0, 1));
        ranges.add(range);
        assertThat(options.ranges()).containsExactly(range);
        assertThatThrownBy(() -> options.ranges().clear()).isInstanceOf(UnsupportedOperationException.class);
    }
}
