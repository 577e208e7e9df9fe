package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Geometry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every public method of this package is called after its space, its object and its memory have been closed, with
 * arguments that were legal before. It answers, or throws what misuse throws; it never touches memory that is gone. A
 * type without an argument for it fails the test.
 */
class AfterCloseTest {
    private static final int PAGE = Geometry.PAGE_BYTES;
    private static final long BASE = 1L << 30;
    /** Misuse of closed things. */
    private static final Set<Class<? extends Throwable>> REFUSALS = Set.of(IllegalStateException.class,
            IllegalArgumentException.class, OutOfFramesException.class, SegmentationFault.class);
    /** Of a space that is closed these still answer, slowFallBack that it is closed; all others throw. */
    private static final Set<
            String> SPACE_ANSWERS = Set.of("close", "closeStrict", "control", "id", "isClosed", "memory",
                    "slowFallBack",
                    "thpPolicy", "toString");
    /** Of a processor: these answer. */
    private static final Set<String> CPU_ANSWERS = Set.of("close", "space");

    /** What is closed when the calls are made; what comes later is closed as well. */
    enum Closed {
        SPACE_AND_OBJECTS, MEMORY
    }

    /** One of each thing of the package, used and then closed. */
    private static final class World {
        final PhysicalMemory memory = PhysicalMemory
                .open(MemoryOptions.ofRam(32L << 20).withDeviceBytes(4L << 20));
        final AddressSpace space = AddressSpace.create(memory);
        final Cpu cpu = space.openCpu();
        final SharedMemory shared = SharedMemory.create(memory, 4 * PAGE);
        final HugetlbMemory hugetlb = HugetlbMemory.create(memory, 1, Geometry.PMD);
        final DeviceObject device = DeviceObject.create(memory, DevPagemapType.GENERIC, 4, Geometry.PTE, index -> 0);
        final Batch<?> batch = memory.newPageBatch(4);
        final MmapGuard guard;

        World(Closed closed) {
            space.setThpPolicy(ThpPolicy.ALWAYS);
            for (MappedObject object : List.of(shared, hugetlb)) {
                long address = space.mmap(0, PAGE, Prot.READ_WRITE, MapFlags.SHARED, object, 0);
                cpu.storeLong(address, 1);
            }
            int flags = MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED;
            assertThat(space.mmap(BASE, 4 * PAGE, Prot.READ_WRITE, flags)).isEqualTo(BASE);
            cpu.storeLong(BASE, 1);
            guard = space.readLock();
            guard.close();
            space.close();
            shared.close();
            hugetlb.close();
            device.shutDown();
            device.close();
            if (closed == Closed.MEMORY) {
                cpu.close();
                batch.close();
                memory.close();
            }
        }

        Object argument(Class<?> type) {
            Map<Class<?>, Object> known = Map.of(PhysicalMemory.class, memory, AddressSpace.class, space,
                    MmapGuard.class, guard, Batch.class, batch, DevPagemapType.class, DevPagemapType.GENERIC,
                    DeviceFrames.class, (DeviceFrames) index -> 0, List.class, List.of(), byte[].class,
                    new byte[2 * PAGE], LongSupplier.class, (LongSupplier) () -> 0, ThpPolicy.class, ThpPolicy.NEVER);
            Object argument = known.get(type);
            if (argument == null) {
                throw new AssertionError("no argument of " + type);
            }
            return argument;
        }

        @Nullable
        Object receiver(Method method) {
            if (Modifier.isStatic(method.getModifiers())) {
                return null;
            }
            List<Object> all = List.of(space, cpu, guard, shared, hugetlb, device);
            return all.stream().filter(method.getDeclaringClass()::isInstance).findFirst()
                    .orElseThrow(() -> new AssertionError("nothing to call " + method + " on"));
        }

        /** Each list of arguments: numbers are small, or an address. */
        List<Object[]> arguments(Method method) {
            List<Object[]> all = new ArrayList<>();
            for (long number : new long[]{0, 1, 4, BASE}) {
                for (MappedObject object : List.of(shared, hugetlb, device)) {
                    all.add(Arrays.stream(method.getParameterTypes()).map(type -> value(type, number, object))
                            .toArray());
                }
            }
            return all;
        }

        private Object value(Class<?> type, long number, MappedObject object) {
            if (type == long.class) {
                return number;
            }
            if (type == int.class) {
                return (int) Math.min(number, 4);
            }
            if (type == byte.class) {
                return (byte) number;
            }
            if (type == GupOptions.class) {
                return GupOptions.WRITE;
            }
            return type == MappedObject.class ? object : argument(type);
        }
    }

    /**
     * Of the public classes that are not here, Faults, Vma and VmaOperations need a Vma, which no caller outside has;
     * Unshare and MmControl need addresses that the caller vouches for; the rest is numbers.
     */
    private static List<Method> methods() {
        List<Method> methods = new ArrayList<>();
        for (Class<?> type : List.of(AddressSpace.class, Cpu.class, MmapGuard.class, MappedObject.class,
                SharedMemory.class,
                HugetlbMemory.class, DeviceObject.class, SpaceAudit.class, Gup.class)) {
            for (Method method : type.getDeclaredMethods()) {
                if (Modifier.isPublic(method.getModifiers()) && !method.isBridge() && !method.isSynthetic()) {
                    methods.add(method);
                }
            }
        }
        methods.sort(Comparator.comparing(Method::toString));
        return methods;
    }

    private static boolean mustThrow(Method method, Closed closed) {
        boolean isSpace = method.getDeclaringClass() == AddressSpace.class;
        boolean isCpu = method.getDeclaringClass() == Cpu.class;
        if (Modifier.isStatic(method.getModifiers())) {
            return closed == Closed.MEMORY && method.getName().equals("create");
        }
        return isSpace && !SPACE_ANSWERS.contains(method.getName())
                || isCpu && !CPU_ANSWERS.contains(method.getName());
    }

    /** Whether this call asks for nothing, or is refused for its arguments before anything is looked at. */
    private static boolean isIdle(Method method, Object[] arguments) {
        return Arrays.stream(arguments).anyMatch(argument -> argument.equals(0) || argument.equals(0L))
                || method.getName().startsWith("getUserPages") || method.getName().startsWith("pin");
    }

    @ParameterizedTest
    @EnumSource
    void everyPublicMethodAnswersOrRefuses(Closed closed) throws IllegalAccessException {
        World world = new World(closed);
        List<String> wrong = new ArrayList<>();
        int made = 0;
        for (Method method : methods()) {
            boolean hasThrown = false;
            for (Object[] arguments : world.arguments(method)) {
                made++;
                String call = method.getDeclaringClass().getSimpleName() + "." + method.getName()
                        + Arrays.deepToString(arguments);
                try {
                    Object result = method.invoke(world.receiver(method), arguments);
                    if (mustThrow(method, closed) && !isIdle(method, arguments)) {
                        wrong.add(call + " answered " + result);
                    }
                    close(result);
                } catch (InvocationTargetException e) {
                    Throwable thrown = e.getCause();
                    hasThrown |= thrown instanceof IllegalStateException;
                    if (REFUSALS.stream().noneMatch(known -> known.isInstance(thrown))
                            && !(thrown instanceof IndexOutOfBoundsException)) {
                        wrong.add(call + " threw " + thrown);
                    }
                }
            }
            if (mustThrow(method, closed) && !hasThrown) {
                wrong.add(method + " never said that it is closed");
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(made).isGreaterThan(500);
        if (closed != Closed.MEMORY) {
            world.cpu.close();
            world.batch.close();
            MmTest.assertNothingIsLeft(world.memory);
            world.memory.close();
        }
        assertThat(world.memory.isClosed()).isTrue();
    }

    /** What a call made after all, such as an object of a memory that is still open. */
    private static void close(@Nullable Object result) {
        if (result instanceof AutoCloseable made && !(result instanceof PhysicalMemory)
                && !(result instanceof AddressSpace space && space.isClosed())) {
            try {
                made.close();
            } catch (Exception e) {
                throw new MemoryModelError("cannot close " + made + ": " + e);
            }
        }
    }
}
