package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Geometry;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Replaces arguments by bad ones: extreme numbers, null, foreign objects, closed ones. */
final class Wild {
    private static final long[] LONGS = {0, 1, -1, 2, 4095, 4096, 4097, Long.MIN_VALUE, Long.MAX_VALUE,
            Long.MAX_VALUE - 4095, 1L << 31, (1L << 31) - 1, -(1L << 31), -(1L << 31) - 1, 1L << 32, (1L << 32) + 1,
            1L << 40,
            1L << 62, Geometry.USER_END, Geometry.USER_END - 4096, Geometry.USER_END - 1, -4096};
    private static final long[] ALIASES = {1L << 60, 1L << 62, 1L << 63, 1L << 48, 1L << 52, 1L << 32, 1L << 31};
    private static final int[] INTS = {0, 1, -1, 2, 3, 31, 32, 63, 64, 511, 512, 1025, Integer.MIN_VALUE,
            Integer.MAX_VALUE, Integer.MAX_VALUE - 7, 1 << 30, 1 << 20};

    private Wild() {
    }

    /** Replaces one of the arguments at random; returns the receiver to call. */
    static Object strike(Draw draw, Object target, Object[] arguments) {
        Call call = draw.call;
        if (draw.world.isHonest || !Hostility.mayStrike(call.key)) {
            return target;
        }
        RandomGenerator random = draw.random;
        Class<?>[] types = call.member.getParameterTypes();
        int i = arguments.length == 0 ? -1 : random.nextInt(arguments.length);
        boolean isFree = i >= 0 && !call.arguments[i].isExact();
        if (isFree && Hostility.EXTREME.strikes(random)) {
            arguments[i] = extreme(random, types[i], arguments[i]);
        }
        if (isFree && !types[i].isPrimitive() && Hostility.NULL.strikes(random)) {
            arguments[i] = null;
        }
        if (isFree && Hostility.FOREIGN.strikes(random)) {
            arguments[i] = foreign(draw, types[i], arguments[i]);
        }
        if (isFree && Hostility.DEAD.strikes(random)) {
            arguments[i] = dead(draw, arguments[i]);
        }
        if (target == null || call.receiver.isExact()) {
            return target;
        }
        Object struck = Hostility.DEAD.strikes(random) ? dead(draw, target) : target;
        return Hostility.FOREIGN.strikes(random) ? foreign(draw, target.getClass(), struck) : struck;
    }

    private static Object extreme(RandomGenerator random, Class<?> type, Object drawn) {
        if (type == long.class) {
            long valid = (Long) drawn;
            return switch (random.nextInt(4)) {
                case 0 -> valid | ALIASES[random.nextInt(ALIASES.length)];
                case 1 -> valid + random.nextLong(-4097, 4098);
                case 2 -> random.nextLong() >> random.nextInt(64);
                default -> LONGS[random.nextInt(LONGS.length)];
            };
        }
        if (type == int.class) {
            int valid = (Integer) drawn;
            return switch (random.nextInt(4)) {
                case 0 -> valid + random.nextInt(-2, 3);
                case 1 -> random.nextInt() >> random.nextInt(32);
                case 2 -> valid | 1 << random.nextInt(32);
                default -> INTS[random.nextInt(INTS.length)];
            };
        }
        if (type == byte[].class) {
            return new byte[random.nextInt(3)];
        }
        if (type == List.class) {
            return random.nextBoolean() ? List.of() : Arrays.asList(((List<?>) drawn).getFirst(), null);
        }
        if (type.isEnum()) {
            Object[] constants = type.getEnumConstants();
            return constants[random.nextInt(constants.length)];
        }
        return type == String.class ? "" : drawn;
    }

    private static Object foreign(Draw draw, Class<?> type, Object drawn) {
        if (type == PhysicalMemory.class) {
            return draw.world.other;
        }
        Object found = drawn == null ? null : draw.world.foreign(drawn.getClass()).pick(draw.random);
        return found == null ? drawn : found;
    }

    private static Object dead(Draw draw, Object drawn) {
        if (drawn instanceof PhysicalMemory) {
            return draw.world.closed;
        }
        Object found = drawn == null ? null : draw.world.dead(drawn.getClass()).pick(draw.random);
        return found == null ? drawn : found;
    }
}
