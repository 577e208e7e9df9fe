package io.pinfold.hwmodel.fuzz;

/** Makes a call near the end of the stack, with room for a given number of frames. */
final class StackEnd {
    private final Call call;
    private final Object target;
    private final Object[] arguments;
    private final int frames;
    private Object result;
    private Throwable thrown;
    private boolean isMade;

    private StackEnd(Call call, Object target, Object[] arguments, int frames) {
        this.call = call;
        this.target = target;
        this.arguments = arguments;
        this.frames = frames;
    }

    static Object invoke(Call call, Object target, Object[] arguments, int frames) throws Throwable {
        StackEnd end = new StackEnd(call, target, arguments, frames);
        int _ = end.dive();
        if (end.thrown != null) {
            throw end.thrown;
        }
        return end.result;
    }

    /** Frames between here and the end of the stack; makes the call on the way back. */
    private int dive() {
        int below;
        try {
            below = dive();
        } catch (StackOverflowError e) {
            return 0;
        }
        if (below == frames && !isMade) {
            isMade = true;
            try {
                result = call.invoke(target, arguments);
            } catch (Throwable e) {
                thrown = e;
            }
        }
        return below + 1;
    }
}
