package io.pinfold.core.forms;

import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;

/**
 * A batch of the other kind to the compiler, as a raw type would make it: for tests of what happens at run time, and
 * for those that fill one batch with gets and pins in turn.
 */
@SuppressWarnings("unchecked")
public final class Kinds {
    private Kinds() {
    }

    public static PageBatch<Hold.Get> gets(PageBatch<?> batch) {
        return (PageBatch<Hold.Get>) batch;
    }

    public static ExtentBatch<Hold.Get> gets(ExtentBatch<?> batch) {
        return (ExtentBatch<Hold.Get>) batch;
    }

    public static Batch<Hold.Get> gets(Batch<?> batch) {
        return (Batch<Hold.Get>) batch;
    }

    public static PageBatch<Hold.Pin> pins(PageBatch<?> batch) {
        return (PageBatch<Hold.Pin>) batch;
    }

    public static ExtentBatch<Hold.Pin> pins(ExtentBatch<?> batch) {
        return (ExtentBatch<Hold.Pin>) batch;
    }

    public static Batch<Hold.Pin> pins(Batch<?> batch) {
        return (Batch<Hold.Pin>) batch;
    }
}
