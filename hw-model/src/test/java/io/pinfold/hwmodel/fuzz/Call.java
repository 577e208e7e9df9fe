package io.pinfold.hwmodel.fuzz;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Set;
import java.util.function.Predicate;

/**
 * One public method or constructor, with the generators of its arguments, the test for success, and its effect on the
 * live objects.
 */
final class Call {
    /** Successes that a run of a million calls must reach, unless a call says otherwise. */
    static final int FLOOR = 1000;

    /** The effect of a returned call on the live objects. */
    interface After {
        void returned(Draw draw, Object target, Object[] arguments, Object result);
    }

    final Executable member;
    final String key;
    final Gen receiver;
    final Gen[] arguments;
    Predicate<Object> success = result -> true;
    After after = (draw, target, drawn, result) -> {
    };
    private Set<Integer> errors;
    int floor = FLOOR;
    int weight = 3;
    /** The number of made objects that a thread, or the round, keeps; 0 if the call makes none. */
    int keeps;
    /** Whether a thread keeps the made objects for itself. */
    boolean isForOwnUse;
    boolean mayWait;
    boolean isDeep;

    Call(Executable member, Gen receiver, Gen... arguments) {
        this.member = member;
        this.key = Surface.key(member);
        this.receiver = receiver;
        this.arguments = arguments;
        if (arguments.length != member.getParameterCount()) {
            throw new IllegalArgumentException(key + " with " + arguments.length + " generators");
        }
    }

    /**
     * A success is a result that is not negative; negative ones must be among these errnos, whatever a driver returned.
     */
    Call errors(Set<Integer> errnos) {
        errors = errnos;
        success = result -> ((Number) result).longValue() >= 0;
        return this;
    }

    /** Whether the result is negative and none of the errnos that the call may answer. */
    boolean isRaw(Object result) {
        return errors != null && ((Number) result).longValue() < 0
                && !errors.contains((int) -((Number) result).longValue());
    }

    /** A success is the result {@code true}. */
    Call whenTrue() {
        success = result -> (Boolean) result;
        return this;
    }

    Call succeeds(Predicate<Object> what) {
        success = what;
        return this;
    }

    Call then(After what) {
        after = what;
        return this;
    }

    /** The call makes objects: the round keeps {@code most} of them, for all threads. */
    Call makes(int most) {
        keeps = most;
        return this;
    }

    /** The call makes objects: each thread keeps {@code most} of them, for itself. */
    Call makesOwn(int most) {
        keeps = most;
        isForOwnUse = true;
        return this;
    }

    /** Lowers the successes that are required; the reason stands beside the call. */
    Call floor(int successes) {
        floor = successes;
        return this;
    }

    /** Draws the call {@code times} times as often as others. */
    Call weight(int times) {
        weight = times;
        return this;
    }

    /** The call waits, by contract, until other threads have given something back. */
    Call waits() {
        mayWait = true;
        return this;
    }

    /**
     * The call is also made near the end of the stack: what it obtains can be found and given back although it threw.
     */
    Call deep() {
        isDeep = true;
        return this;
    }

    Object invoke(Object target, Object[] drawn) throws Throwable {
        try {
            return member instanceof Method method ? method.invoke(target, drawn)
                    : ((Constructor<?>) member).newInstance(drawn);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
