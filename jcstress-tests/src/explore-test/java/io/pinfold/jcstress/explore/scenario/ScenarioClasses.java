package io.pinfold.jcstress.explore.scenario;

import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The classes of this package that are scenarios, by their class files: a scenario that is not listed would never be
 * run.
 */
final class ScenarioClasses {
    private ScenarioClasses() {
    }

    static Set<String> all() throws Exception {
        Path root = Path.of(Scenario.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        String folder = Scenario.class.getPackageName();
        try (Stream<Path> files = Files.list(root.resolve(folder.replace('.', '/')))) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".class"))
                    .map(name -> folder + "." + name.substring(0, name.length() - ".class".length()))
                    .filter(ScenarioClasses::isScenario).collect(Collectors.toSet());
        }
    }

    private static boolean isScenario(String name) {
        try {
            Class<?> type = Class.forName(name, false, Scenario.class.getClassLoader());
            return Scenario.class.isAssignableFrom(type) && !type.isInterface()
                    && !Modifier.isAbstract(type.getModifiers());
        } catch (ClassNotFoundException e) {
            throw new LinkageError(name, e);
        }
    }
}
