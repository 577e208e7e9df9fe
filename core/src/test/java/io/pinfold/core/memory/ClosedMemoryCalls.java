package io.pinfold.core.memory;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.epoch.WalkerSlot;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.frame.Use;
import io.pinfold.core.memory.handle.HandleGrab;
import io.pinfold.core.memory.handle.ScopedRead;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pgtable.TableFree;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Calls every public method of the classes that are asked for on what a user still has of a memory that is closed, with
 * every combination of a few arguments. Prints a line "Class.method outcomes" a method; the last line is {@link #END}.
 * A method's name is printed before it is called, so that a JVM that dies says where.
 */
final class ClosedMemoryCalls {
    static final String END = "all called";
    private static final List<
            String> PACKAGES = List.of("memory", "memory.frame", "memory.handle", "memory.batch", "page",
                    "epoch", "pgtable");

    private final PhysicalMemory memory = PhysicalMemory
            .open(MemoryOptions.ofRam(16 << 20).withDeviceBytes(4 << 20));
    private final MemoryCore core = Bridge.core(memory);
    private final Map<Class<?>, Object> values = new LinkedHashMap<>();
    private final List<Long> numbers = new ArrayList<>();

    private ClosedMemoryCalls() {
    }

    public static void main(String[] excluded) throws Exception {
        ClosedMemoryCalls calls = new ClosedMemoryCalls();
        calls.leaveThingsBehind();
        calls.memory.close();
        for (Class<?> type : publicClasses()) {
            calls.callAll(type, Set.of(excluded));
        }
        System.out.println(END);
    }

    /** What a user may still have: some of it has tables behind it that are gone. */
    private void leaveThingsBehind() {
        long user = core.blocks().allocate(0, Blocks.NORMAL);
        long table = core.blocks().allocateTable(1, 0, 0);
        long unlinked = core.blocks().allocateTable(1, 0, 0);
        long retired = core.blocks().allocateTable(1, 0, 0);
        core.retired().retire(core.retired().link(retired, 0));
        TableFree tables = new TableFree(core);
        tables.addRoot(unlinked);
        FreeBatch freed = new FreeBatch(core);
        long unused = core.hugeZero().use();
        core.hugeZero().unuse();
        long handle = memory.handles().allocate();
        memory.handles().tryFreeze(handle);
        memory.handles().free(handle);
        Memories.put(memory, user, 1);
        SessionSlot slot = core.slots().openForThread();
        ScopedRead reads = new ScopedRead(core, slot);
        memory.handles().put(memory.handles().allocateProtected());
        MemoryLease lease = memory.use("over");
        lease.close();
        Use use = core.use("over, too");
        use.close();
        numbers.addAll(List.of(user, table, memory.deviceStart(), handle, PageLayout.record(0, unused)));
        for (Object value : List.of(memory, core, core.blocks(), core.retired(), memory.handles(), core.hugeZero(),
                core.slots(), slot, core.slots().open(0), new HandleGrab(core, slot), memory.newPageBatch(2),
                core.retiredFrames(), reads, reads.scope(),
                memory.newExtentBatch(2),
                freed, tables, lease, use)) {
            values.put(value.getClass(), value);
        }
        values.put(WalkerSlot.class, slot);
        values.put(Batch.class, values.get(PageBatch.class));
        for (Batch<?> batch : List.of(memory.newExtentBatch(2), memory.newPageBatch(2))) {
            values.put(Bridge.held(batch).getClass(), Bridge.held(batch));
            values.put(HeldPages.class, Bridge.held(batch));
        }
        values.put(Consumer.class, (Consumer<Object>) page -> {
        });
        values.put(Arena.class, Arena.ofAuto());
        values.put(MemorySegment.class, MemorySegment.ofArray(new byte[8]));
        values.put(Runnable.class, (Runnable) () -> {
        });
        values.put(String.class, "late");
        values.put(Object.class, "other");
        values.put(Throwable.class, new IllegalStateException("what ended the call"));
    }

    private static List<Class<?>> publicClasses() throws Exception {
        List<Class<?>> classes = new ArrayList<>();
        for (String name : PACKAGES) {
            Path folder = home().resolve("io/pinfold/core").resolve(name.replace('.', '/'));
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.sorted().toList()) {
                    String simple = file.getFileName().toString();
                    if (simple.endsWith(".class") && !simple.startsWith("package-info")) {
                        Class<?> type = Class.forName("io.pinfold.core." + name + "."
                                + simple.substring(0, simple.length() - ".class".length()));
                        if (Modifier.isPublic(type.getModifiers())) {
                            classes.add(type);
                        }
                    }
                }
            }
        }
        return classes;
    }

    private static Path home() throws URISyntaxException {
        return Path.of(PhysicalMemory.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private void callAll(Class<?> type, Set<String> excluded) throws IllegalAccessException {
        List<Method> methods = Stream.of(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .sorted(Comparator.comparing(Method::toString)).toList();
        for (Method method : methods) {
            String name = type.getSimpleName() + "." + method.getName();
            if (!excluded.contains(type.getSimpleName()) && !excluded.contains(name)) {
                System.out.print(name);
                Set<String> outcomes = new TreeSet<>();
                call(method, new Object[method.getParameterCount()], 0, outcomes);
                System.out.println(" " + String.join(" ", outcomes));
            }
        }
    }

    private void call(Method method, Object[] arguments, int next, Set<String> outcomes)
            throws IllegalAccessException {
        if (next == arguments.length) {
            boolean isStatic = Modifier.isStatic(method.getModifiers());
            Object target = isStatic ? null : values.get(method.getDeclaringClass());
            if (target == null && !isStatic) {
                throw new IllegalStateException("there is no " + method.getDeclaringClass() + " for " + method);
            }
            outcomes.add(outcome(method, target, arguments));
            return;
        }
        for (Object argument : choices(method, method.getParameterTypes()[next])) {
            arguments[next] = argument;
            call(method, arguments, next + 1, outcomes);
        }
    }

    private static String outcome(Method method, Object target, Object[] arguments) throws IllegalAccessException {
        try {
            method.invoke(target, arguments);
            return "returned";
        } catch (InvocationTargetException e) {
            Throwable thrown = e.getCause();
            return thrown instanceof MemoryClosedException ? "closed" : thrown.getClass().getSimpleName();
        }
    }

    private List<Object> choices(Method method, Class<?> type) {
        if (type == long.class) {
            return new ArrayList<>(numbers);
        }
        if (type == long[].class) {
            return numbers.stream().<Object>map(number -> new long[]{number}).toList();
        }
        if (type == int.class) {
            return List.of(0, 1);
        }
        if (type == boolean.class) {
            return List.of(false, true);
        }
        Object value = values.get(type);
        if (value == null) {
            throw new IllegalStateException("no value of " + type + " for " + method);
        }
        return List.of(value);
    }
}
