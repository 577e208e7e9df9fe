package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.fastpath.PinException;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** The exceptions with which a call may end. */
final class Verdict {
    /** The size in bytes above which requests may fail for lack of heap. */
    static final long HUGE_REQUEST = 1L << 22;

    private Verdict() {
    }

    /** Returns why the exception must not come out of the call; null if it may. */
    static String objection(Call call, Object[] arguments, Throwable thrown, boolean isDeepRound) {
        if (Planned.isIt(thrown)) {
            return null;
        }
        return switch (thrown) {
            case ArrayIndexOutOfBoundsException _ -> "an index of an array of ours";
            case NullPointerException e -> names(call, e) ? null : "no parameter's name";
            case OutOfMemoryError _ ->
                    isHuge(call, arguments) ? null : "out of memory, and nothing large was asked for";
            case IllegalMonitorStateException _ -> "a lock that was not held";
            case IndexOutOfBoundsException _ -> null;
            case IllegalArgumentException _,IllegalStateException _ -> null;
            case SegmentationFault _,OutOfFramesException _,PinException _ -> null;
            case IOException _ -> declares(call) ? null : "not declared";
            case UnsupportedOperationException e -> isOfDriver(e) ? null : "nothing that a driver says";
            case WrongThreadException _ -> call.key.startsWith("FrameHandles.view(") ? null : "of another thread";
            default -> isDeepRound && isModelError(thrown) ? null : "must never come out";
        };
    }

    private static boolean declares(Call call) {
        return Arrays.asList(call.member.getExceptionTypes()).contains(IOException.class);
    }

    /**
     * Whether the message is one of the library, and has the parameter's name, or that of the record's component, alone
     * or in a sentence. The text of the JVM also has the name, but only where classes carry names of variables.
     */
    private static boolean names(Call call, NullPointerException e) {
        String message = e.getMessage();
        if (message == null || message.startsWith("Cannot ")) {
            return message != null && isSpaceOfSession(call, message);
        }
        Set<String> names = new HashSet<>(ParameterNames.of(call.member));
        if (call.member.getDeclaringClass().isRecord()) { // "with" methods pass their argument to the constructor
            for (RecordComponent component : call.member.getDeclaringClass().getRecordComponents()) {
                names.add(component.getName());
            }
        }
        return Arrays.stream(message.split("\\W+")).anyMatch(names::contains);
    }

    /** A test of its own for a null space costs a session's call about 1 %, so this text is the JVM's. */
    private static boolean isSpaceOfSession(Call call, String message) {
        return call.key.startsWith("GupSession") && message.endsWith("because \"space\" is null");
    }

    private static boolean isHuge(Call call, Object[] arguments) {
        boolean allocates = call.key.contains(".new") || call.key.contains("Batch.create(");
        return allocates && Arrays.stream(arguments)
                .anyMatch(argument -> argument instanceof Number number && number.longValue() > HUGE_REQUEST);
    }

    /** The result of drivers that cannot migrate: the library's own default, and a ZoneDevice without a way back. */
    private static boolean isOfDriver(UnsupportedOperationException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("migrate") || message.contains("bring");
    }

    /** Whether the exception reports wrong counts, which are possible after the stack ended in the middle of a call. */
    private static boolean isModelError(Throwable thrown) {
        return thrown.getClass().getSimpleName().equals("MemoryModelError");
    }
}
