package io.pinfold.hwmodel.cli;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** A stream that keeps the first exception of a write, which a PrintStream would drop. */
final class StandardOutput extends OutputStream {

    private final OutputStream out;
    private volatile @Nullable IOException problem;

    StandardOutput(OutputStream out) {
        this.out = out;
    }

    /** The first exception of a write, or null. */
    @Nullable
    IOException problem() {
        return problem;
    }

    private interface Action {
        void run() throws IOException;
    }

    private void noting(Action action) throws IOException {
        try {
            action.run();
        } catch (IOException e) {
            if (problem == null) {
                problem = e;
            }
            throw e;
        }
    }

    @Override
    public void write(int b) throws IOException {
        noting(() -> out.write(b));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        noting(() -> out.write(bytes, offset, length));
    }

    @Override
    public void flush() throws IOException {
        noting(out::flush);
    }
}
