package io.pinfold.core.memory;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.pgtable.TableLock;
import java.util.concurrent.locks.LockSupport;

/**
 * Fills the heap, and then waits for table locks that another thread holds; run by {@link FullHeapTest} in a JVM of its
 * own.
 */
final class FullHeapWaits {
    static final String END = "all locks taken";
    private static final int LOCKS = 8;
    private static final long HELD_NANOS = 20_000_000;

    private FullHeapWaits() {
    }

    public static void main(String[] arguments) throws InterruptedException {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8 << 20));
        long record = Bridge.core(memory).recordAddress(memory.ramFrames() - 1); // a free frame: its word is unused
        boolean isTaken = false;
        try {
            isTaken = play(record, false) && play(record, true); // first with room, so that all classes are there
        } catch (OutOfMemoryError e) {
            Runtime.getRuntime().halt(1); // the other thread still uses the memory
        }
        System.out.println(isTaken ? END : "a lock was not taken");
        memory.close();
    }

    /** The other thread takes each lock before this one asks for it. */
    private static boolean play(long record, boolean isFull) throws InterruptedException {
        Holder holder = new Holder(record);
        Object[] hog = {null};
        holder.start();
        boolean isTaken = true;
        for (int i = 0; i < LOCKS; i++) {
            while (holder.taken <= i) {
                Thread.onSpinWait();
            }
            if (isFull) {
                fill(hog, i == 0 ? 1 << 18 : 16);
            }
            holder.asked = i + 1;
            TableLock.lock(record);
            isTaken &= TableLock.isHeld(record);
            TableLock.unlock(record);
            holder.done = i + 1;
        }
        hog[0] = null;
        holder.join();
        return isTaken;
    }

    /** Fills what is left of the heap with a chain that starts in {@code hog}. */
    private static void fill(Object[] hog, int longest) {
        for (int length = longest; length > 0;) {
            try {
                Object[] more = new Object[length];
                more[0] = hog[0];
                hog[0] = more;
            } catch (OutOfMemoryError e) {
                length /= 2;
            }
        }
    }

    private static final class Holder extends Thread {
        private final long record;
        volatile int taken;
        volatile int asked;
        volatile int done;

        Holder(long record) {
            this.record = record;
        }

        @Override
        public void run() {
            for (int i = 0; i < LOCKS; i++) {
                TableLock.lock(record);
                taken = i + 1;
                while (asked <= i) {
                    Thread.onSpinWait();
                }
                LockSupport.parkNanos(HELD_NANOS);
                TableLock.unlock(record);
                while (done <= i) {
                    Thread.onSpinWait();
                }
            }
        }
    }
}
