package io.pinfold.jcstress.arch;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The order in which packages below one package may use each other. A package uses those of earlier groups, never
 * another one of its own group. The empty name stands for the package itself.
 */
final class RoomOrder extends ArchCondition<JavaClass> {
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([a-z0-9.]+);");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:static )?([a-z0-9.]+)\\.[A-Z]");
    private final String prefix;
    private final List<List<String>> groups;

    RoomOrder(String prefix, List<List<String>> groups) {
        super("use only packages before their own in " + groups);
        this.prefix = prefix;
        this.groups = groups;
    }

    /** Makes an order with one package in each group. */
    static RoomOrder ladder(String prefix, List<String> names) {
        return new RoomOrder(prefix, names.stream().map(List::of).toList());
    }

    boolean covers(JavaClass type) {
        return type.getPackageName().equals(prefix) || type.getPackageName().startsWith(prefix + ".");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        int own = rank(type);
        if (own < 0) {
            events.add(SimpleConditionEvent.violated(type, type.getName() + " is in none of " + groups));
        }
        for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
            JavaClass target = dependency.getTargetClass();
            if (covers(target) && (rank(target) > own || rank(target) == own && !room(target).equals(room(type)))) {
                events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
            }
        }
    }

    /** The imports of a source file that lead to a room above it or beside it, those for comments alone included. */
    List<String> wrongImports(String source) {
        String own = found(PACKAGE, source).getFirst();
        return found(IMPORT, source).stream().filter(target -> target.startsWith(prefix + ".") || target.equals(prefix))
                .filter(target -> !target.equals(own) && rank(target) >= rank(own)).toList();
    }

    private static List<String> found(Pattern pattern, String source) {
        return pattern.matcher(source).results().map(match -> match.group(1)).toList();
    }

    private int rank(JavaClass type) {
        return covers(type) ? rank(type.getPackageName()) : -1;
    }

    private int rank(String name) {
        for (int i = 0; i < groups.size(); i++) {
            if (groups.get(i).contains(room(name))) {
                return i;
            }
        }
        return -1;
    }

    private String room(JavaClass type) {
        return room(type.getPackageName());
    }

    private String room(String name) {
        return name.equals(prefix) ? "" : name.substring(prefix.length() + 1);
    }
}
