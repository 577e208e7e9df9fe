package io.pinfold.jcstress.explore.litmus;

import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.memory.Op.Kind;
import io.pinfold.jcstress.explore.memory.Op.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Small random programs: two or three strands, loads, stores, read-modify-writes and fences over two words. */
final class RandomPrograms {
    private static final Mode[] ALL = {Mode.PLAIN, Mode.OPAQUE, Mode.ACQUIRE, Mode.RELEASE, Mode.VOLATILE};

    private final SplittableRandom random;
    private final Mode weakest;
    private final boolean waits;

    /**
     * A source of programs.
     *
     * @param weakest the weakest mode of an access: PLAIN, OPAQUE, or ACQUIRE for acquire and release
     * @param waits whether strands may wait for a word to change
     */
    RandomPrograms(long seed, Mode weakest, boolean waits) {
        random = new SplittableRandom(seed);
        this.weakest = weakest;
        this.waits = waits;
    }

    /** The next program; the number of its accesses, all strands together, is in that range. */
    Program next(int least, int most) {
        int strands = random.nextInt(2, 4);
        int accesses = random.nextInt(least, most + 1);
        List<List<Op>> program = new ArrayList<>();
        for (int strand = 0; strand < strands; strand++) {
            program.add(new ArrayList<>());
        }
        for (int access = 0; access < accesses; access++) {
            program.get(access % strands).add(op());
        }
        // so that both words exist in every program
        program.getLast().add(new Op().set(Kind.LOAD, loadMode(), Long.BYTES, 1, 0, 0));
        return new Program(program);
    }

    private Op op() {
        int word = random.nextInt(2);
        int value = random.nextInt(1, 3);
        return switch (random.nextInt(waits ? 13 : 12)) {
            case 0, 1, 2, 3 -> new Op().set(Kind.LOAD, loadMode(), Long.BYTES, word, 0, 0);
            case 4, 5, 6, 7 -> new Op().set(Kind.STORE, storeMode(), Long.BYTES, word, value, 0);
            case 8 -> new Op().set(Kind.ADD, updateMode(), Long.BYTES, word, value, 0);
            case 9 -> new Op().set(Kind.CAS, updateMode(), Long.BYTES, word, random.nextInt(3), 3);
            case 10 -> new Op().set(Kind.EXCHANGE, updateMode(), Long.BYTES, word, value, 0);
            case 11 -> new Op().set(Kind.FENCE, random.nextInt(2) == 0 ? Mode.VOLATILE : updateMode(), Long.BYTES, 0, 0,
                    0);
            default -> new Op().set(Kind.WAIT, Mode.VOLATILE, Long.BYTES, word, 0, 0);
        };
    }

    private Mode loadMode() {
        Mode mode = atLeastWeakest();
        return mode == Mode.RELEASE ? Mode.ACQUIRE : mode;
    }

    private Mode storeMode() {
        Mode mode = atLeastWeakest();
        return mode == Mode.ACQUIRE ? Mode.RELEASE : mode;
    }

    private Mode updateMode() {
        return switch (random.nextInt(4)) {
            case 0 -> Mode.ACQUIRE;
            case 1 -> Mode.RELEASE;
            default -> Mode.VOLATILE;
        };
    }

    private Mode atLeastWeakest() {
        return ALL[random.nextInt(weakest.ordinal(), ALL.length)];
    }
}
