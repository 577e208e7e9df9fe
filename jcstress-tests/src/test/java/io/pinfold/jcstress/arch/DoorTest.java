package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import io.pinfold.jcstress.arch.planted.InternalSignature;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The front door: users see few types, no signature of which names a hidden type; siblings may see a few more. */
class DoorTest {
    private static final int MOST_TYPES = 38;
    private static final int MOST_NESTED = 8;
    /** Authors of devices have an exported package of their own. */
    private static final String DEVICES = "io.pinfold.core.device";
    private static final Set<String> OF_DEVICES = Set.of("io.pinfold.core.mm.DeviceObject",
            "io.pinfold.core.mm.DeviceFrames");
    private static final int MOST_OF_DEVICES = 16;
    /** The calls with the kernel's flags, in each of the two modules. */
    private static final Set<String> KERNEL = Set.of("io.pinfold.core.kernel", "io.pinfold.fastpath.kernel");
    private static final int MOST_OF_KERNEL = 6;

    private static ModuleDescriptor descriptor(String module) {
        try (InputStream in = Files.newInputStream(Path.of("..", module, "target/classes/module-info.class"))) {
            return ModuleDescriptor.read(in);
        } catch (IOException e) {
            throw new IllegalStateException("no descriptor of " + module, e);
        }
    }

    private static boolean isForUsers(String type) {
        String folder = type.substring(0, type.lastIndexOf('.'));
        return Stream.of("core", "fastpath").flatMap(module -> descriptor(module).exports().stream())
                .anyMatch(exports -> !exports.isQualified() && exports.source().equals(folder));
    }

    /** The types of core and fastpath that users see. */
    static List<Class<?>> publicTypes() throws ClassNotFoundException {
        List<Class<?>> types = new ArrayList<>();
        for (Modules module : List.of(Modules.CORE, Modules.FASTPATH)) {
            for (JavaClass type : module.classes()) {
                Class<?> found = Class.forName(type.getName(), false, DoorTest.class.getClassLoader());
                boolean isPublic = !found.isAnonymousClass() && !found.isSynthetic();
                for (Class<?> at = found; at != null; at = at.getEnclosingClass()) {
                    isPublic &= Modifier.isPublic(at.getModifiers());
                }
                if (isPublic && isForUsers(found.getPackageName() + ".X")) {
                    types.add(found);
                }
            }
        }
        return types;
    }

    private static boolean isOfDevices(Class<?> type) {
        Class<?> top = type.getNestHost();
        return top.getPackageName().equals(DEVICES) || OF_DEVICES.contains(top.getName());
    }

    @Test
    void usersSeeFewTypes() throws ClassNotFoundException {
        List<Class<?>> types = publicTypes();
        List<Class<?>> ordinary = types.stream().filter(type -> !isOfDevices(type) && !isOfKernel(type)).toList();
        assertThat(ordinary.stream().filter(type -> !type.isMemberClass()).map(Class::getName)).hasSizeBetween(20,
                MOST_TYPES);
        assertThat(ordinary.stream().filter(Class::isMemberClass).map(Class::getName)).hasSizeLessThanOrEqualTo(
                MOST_NESTED);
        assertThat(types.stream().filter(type -> isOfDevices(type) && !type.isMemberClass())).hasSizeBetween(5,
                MOST_OF_DEVICES);
        for (String kernel : KERNEL) {
            assertThat(types.stream().filter(type -> type.getPackageName().equals(kernel))).hasSizeBetween(1,
                    MOST_OF_KERNEL);
        }
    }

    private static boolean isOfKernel(Class<?> type) {
        return KERNEL.contains(type.getPackageName());
    }

    @Test
    void noSignatureForUsersNamesAnInternalType() throws ClassNotFoundException {
        List<String> wrong = new ArrayList<>();
        for (Class<?> type : publicTypes()) {
            wrong.addAll(internals(type));
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void aSignatureWithAnInternalTypeIsNoticed() {
        assertThat(internals(InternalSignature.class)).hasSize(4);
    }

    /** The public and protected members of a type that name a hidden type of the library. */
    private static List<String> internals(Class<?> type) {
        List<String> wrong = new ArrayList<>();
        List<Executable> calls = new ArrayList<>(List.of(type.getDeclaredConstructors()));
        calls.addAll(List.of(type.getDeclaredMethods()));
        for (Executable call : calls) {
            if (isShown(call.getModifiers()) && !call.isSynthetic()) {
                List<Type> named = new ArrayList<>(List.of(call.getGenericParameterTypes()));
                named.addAll(List.of(call.getGenericExceptionTypes()));
                if (call instanceof Method method) {
                    named.add(method.getGenericReturnType());
                }
                if (named.stream().anyMatch(DoorTest::isInternal)) {
                    wrong.add(call.toGenericString());
                }
            }
        }
        for (Field field : type.getDeclaredFields()) {
            if (isShown(field.getModifiers()) && isInternal(field.getGenericType())) {
                wrong.add(field.toGenericString());
            }
        }
        return wrong;
    }

    private static boolean isShown(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static boolean isInternal(Type type) {
        return Stream.of(type.getTypeName().split("[<>, \\[\\]?&]+"))
                .filter(name -> name.startsWith("io.pinfold.core.") || name.startsWith("io.pinfold.fastpath."))
                .map(name -> name.replaceAll("\\$.*", "")).anyMatch(name -> !isForUsers(name));
    }

    /**
     * hw-model runs on the class path, where descriptors have no effect; fastpath is compiled as a module, and is the
     * check.
     */
    @Test
    void siblingsUseOfCoreWhatItsDescriptorSays() {
        assertThat(used(Modules.HW_MODEL)).isNotEmpty().isSubsetOf(allowed("io.pinfold.hwmodel"));
        assertThat(used(Modules.FASTPATH)).isNotEmpty().isSubsetOf(allowed("io.pinfold.fastpath"));
        assertThat(used(Modules.JCSTRESS_TESTS)).as("what more is used is noticed").contains("io.pinfold.core.epoch")
                .isNotEqualTo(allowed("io.pinfold.hwmodel"));
    }

    /** The bits of {@code foll} are constants, of which class files show no use. */
    @Test
    void nothingIsExportedToASiblingThatDoesNotUseIt() {
        Set<Exports> all = new HashSet<>(descriptor("core").exports());
        assertThat(all.removeIf(exports -> exports.source().equals("io.pinfold.core.foll"))).isTrue();
        for (Exports exports : all) {
            for (String target : exports.isQualified() ? exports.targets() : Set.<String>of()) {
                Modules sibling = target.equals("io.pinfold.hwmodel") ? Modules.HW_MODEL : Modules.FASTPATH;
                assertThat(used(sibling)).as("packages that %s uses", target).contains(exports.source());
            }
        }
    }

    private static Set<String> used(Modules module) {
        Set<String> used = new TreeSet<>();
        for (JavaClass type : module.classes()) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                String name = dependency.getTargetClass().getPackageName();
                if (name.startsWith("io.pinfold.core.")) {
                    used.add(name);
                }
            }
        }
        return used;
    }

    private static Set<String> allowed(String sibling) {
        Set<String> allowed = new TreeSet<>();
        for (Exports exports : descriptor("core").exports()) {
            if (!exports.isQualified() || exports.targets().contains(sibling)) {
                allowed.add(exports.source());
            }
        }
        return allowed;
    }
}
