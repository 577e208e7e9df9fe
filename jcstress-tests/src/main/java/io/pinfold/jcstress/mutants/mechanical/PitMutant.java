package io.pinfold.jcstress.mutants.mechanical;

import io.pinfold.hwmodel.cli.Json;
import java.util.Map;

/**
 * A mutant that PIT made, and what came of it.
 *
 * @param className   class of the changed code, without {@code io.pinfold.}
 * @param method      method
 * @param descriptor  parameters and result of the method
 * @param line        source line, for people: it moves with every change above it
 * @param mutator     PIT's class of the change
 * @param index       places of the change in the method's instructions, as PIT numbers them
 * @param description what was changed
 * @param status      verdict
 * @param isRepeated  whether a doubtful verdict came again in a fresh JVM that ran this mutant alone
 * @param by          test that failed; empty without one
 */
public record PitMutant(String className, String method, String descriptor, int line, String mutator, String index,
        String description, PitStatus status, boolean isRepeated, String by) {

    static final String BASE = "io.pinfold.";

    /** The identity within one build of the class: PIT finds the mutant again by it. */
    public String id() {
        return BASE + className + "." + method + descriptor + " " + mutator + " " + index;
    }

    /** Whether the tests noticed it. */
    public boolean isKilled() {
        return status == PitStatus.KILLED || status.isDoubtful() && isRepeated;
    }

    /** Whether it counts: a class that no JVM takes cannot be noticed by a test. */
    public boolean isCounted() {
        return status != PitStatus.NON_VIABLE;
    }

    /** Whether the tests were asked and did not notice it. */
    public boolean isSurvivor() {
        return isCounted() && !isKilled();
    }

    /** The top-level class that it is in. */
    String topLevel() {
        return topLevel(className);
    }

    /** The class whose file a class is in: a nested class belongs to its outer one. */
    public static String topLevel(String className) {
        int dollar = className.indexOf('$');
        return dollar < 0 ? className : className.substring(0, dollar);
    }

    /** The class of the test that failed; empty without one. */
    String test() {
        int dot = by.lastIndexOf('.');
        return dot < 0 || Character.isUpperCase(by.charAt(dot + 1)) ? by : by.substring(0, dot);
    }

    /** The same mutant, to be tried again. */
    PitMutant reopened() {
        return new PitMutant(className, method, descriptor, line, mutator, index, description,
                status == PitStatus.NO_COVERAGE ? status : PitStatus.SURVIVED, false, "");
    }

    /** The same mutant after more tests; lines that those do not run stay as they were. */
    public PitMutant after(PitMutant later) {
        return later.status == PitStatus.NO_COVERAGE ? this
                : new PitMutant(className, method, descriptor, line, mutator, index, description, later.status, false,
                        later.by);
    }

    /**
     * The same mutant after it ran alone in a fresh JVM: a doubtful verdict that came again stands, another verdict
     * takes its place.
     */
    public PitMutant afterAlone(PitMutant alone) {
        return new PitMutant(className, method, descriptor, line, mutator, index, description, alone.status,
                alone.status == status, alone.by);
    }

    /** The mutator's class name without what all of them have in common. */
    public String shortMutator() {
        return mutator.substring(mutator.lastIndexOf('.') + 1).replaceAll("Mutator$", "");
    }

    /** The change without the packages of the names in it, and without the method, which stands elsewhere. */
    public String shortDescription() {
        return description.replaceAll(" for \\S+::\\S+$", "").replaceAll("(?:[\\w$]+/)+(?=[\\w$]+::)", "");
    }

    Json json() {
        return new Json().put("class", className).put("method", method).put("descriptor", descriptor).put("line", line)
                .put("mutator", mutator).put("index", index).put("description", description)
                .put("status", status.name()).put("repeated", isRepeated).put("by", by);
    }

    static PitMutant of(Map<?, ?> json) {
        return new PitMutant(text(json, "class"), text(json, "method"), text(json, "descriptor"),
                Integer.parseInt(text(json, "line")), text(json, "mutator"), text(json, "index"),
                text(json, "description"), PitStatus.valueOf(text(json, "status")),
                Boolean.TRUE.equals(json.get("repeated")), text(json, "by"));
    }

    private static String text(Map<?, ?> json, String name) {
        Object value = json.get(name);
        if (value == null) {
            throw new IllegalArgumentException("a mutant without " + name);
        }
        return value.toString();
    }
}
