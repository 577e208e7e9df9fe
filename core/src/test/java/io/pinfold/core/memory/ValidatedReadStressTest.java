package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.words.Words;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Timeout;

/**
 * Readers without a hold against an owner that writes, freezes, frees and allocates the same two frames. All words of a
 * frame are stored by one write, so a copy of which two differ, or that is of another life, is torn.
 */
@Timeout(120)
class ValidatedReadStressTest {
    private static final int CELLS = 2;
    private static final int WORDS = 512;
    private static final int STEPS = 40_000;
    private static final long NO = -1;

    private final PhysicalMemory memory = Memories.open(8);
    private final FrameHandles handles = memory.handles();
    private final AtomicLongArray cells = new AtomicLongArray(CELLS);
    private volatile boolean over;
    /** The owner goes on until a reader had something: on a loaded machine it might be done before one first runs. */
    private volatile boolean someRead;

    @RepeatedTest(2)
    void aCopyIsOfOneMomentAndOfTheLifeOfItsHandle(RepetitionInfo repetition) throws Exception {
        long seed = repetition.getCurrentRepetition() < 2 ? 1 : System.nanoTime();
        System.out.println("ValidatedReadStressTest seed " + seed);
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Future<?> owner = executor.submit(() -> own(new Random(seed)));
            Future<?> reader = executor.submit(() -> read(new Random(~seed)));
            try {
                owner.get();
            } finally {
                over = true;
            }
            reader.get();
        }
        Memories.closeIdle(memory);
    }

    private void fill(long handle, int write) {
        long frame = Bridge.core(memory).frameAddress(FrameHandle.pfn(handle));
        for (int word = 0; word < WORDS; word++) {
            Words.setLong(frame + (long) word * Long.BYTES, stamp(handle, write));
        }
    }

    /** Never {@link #NO}, and another for each frame, life and write. */
    private static long stamp(long handle, int write) {
        return handle * 64 + write;
    }

    private static boolean isOf(long stamp, long handle) {
        return stamp - handle * 64 >= 0 && stamp - handle * 64 < 64;
    }

    private void own(Random random) {
        for (int step = 0; (step < STEPS || !someRead) && !over; step++) {
            long handle = handles.allocate();
            fill(handle, 0);
            cells.set(random.nextInt(CELLS), handle);
            for (int write = 1; write < 1 + random.nextInt(6); write++) {
                if (random.nextBoolean()) {
                    long begun = handles.beginWrite(handle);
                    fill(handle, write);
                    handles.endWrite(handle, begun);
                } else {
                    assertThat(handles.tryFreeze(handle)).isTrue();
                    fill(handle, write);
                    handles.unfreeze(handle);
                }
            }
            if (random.nextBoolean()) {
                handles.put(handle);
            } else {
                assertThat(handles.tryFreeze(handle)).isTrue();
                fill(handle, 63); // the owner's alone
                handles.free(handle);
            }
        }
    }

    private void read(Random random) {
        long[] copy = new long[WORDS];
        MemorySegment target = MemorySegment.ofArray(copy);
        long old = FrameHandle.NONE;
        try {
            while (!over) {
                long handle = random.nextInt(4) == 0 ? old : cells.get(random.nextInt(CELLS));
                switch (random.nextInt(3)) {
                    case 0 -> {
                        if (handles.copyOut(handle, 0, target)) {
                            check(copy, handle);
                        }
                    }
                    case 1 -> peek(handle, random.nextInt(WORDS), random.nextInt(WORDS));
                    default -> {
                        long found = handles.readLong(handle, (long) random.nextInt(WORDS) * Long.BYTES, NO);
                        assertThat(found == NO || isOf(found, handle)).isTrue();
                    }
                }
                old = handle;
            }
        } finally {
            over = true;
        }
    }

    private void check(long[] copy, long handle) {
        someRead = true;
        assertThat(isOf(copy[0], handle)).as("the life of the handle").isTrue();
        assertThat(copy[0]).as("of the owner alone").isNotEqualTo(stamp(handle, 63));
        for (int word = 1; word < WORDS; word++) {
            if (copy[word] != copy[0]) {
                assertThat(copy).as("one write").containsOnly(copy[0]);
            }
        }
    }

    private void peek(long handle, int first, int second) {
        long stamp = handles.tryRead(handle);
        if (stamp != 0) {
            long one = handles.peekLong(handle, (long) first * Long.BYTES);
            long other = handles.peekLong(handle, (long) second * Long.BYTES);
            if (handles.validate(handle, stamp)) {
                assertThat(one).isEqualTo(other);
                assertThat(isOf(one, handle)).isTrue();
            }
        }
    }
}
