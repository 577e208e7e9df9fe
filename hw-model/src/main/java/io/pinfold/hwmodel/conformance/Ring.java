package io.pinfold.hwmodel.conformance;

import io.pinfold.core.words.Words;

/**
 * One io_uring of the running kernel: a table of registered buffers, and a device that reads and writes them, which is
 * a memory file behind READ_FIXED and WRITE_FIXED. One request at a time: put into the submission ring, entered,
 * reaped.
 *
 * <p>The rings are shared with the kernel: entries come before the tail that publishes them (release), and what the
 * kernel published is read after its tail (acquire).
 */
final class Ring implements AutoCloseable {

    private static final int ENTRIES = 4;
    private static final int PARAMETERS = 120;
    private static final int FEATURES = 20;
    private static final int SQ_TAIL = 44;
    private static final int SQ_MASK = 48;
    private static final int SQ_ARRAY = 64;
    private static final int CQ_HEAD = 80;
    private static final int CQ_TAIL = 84;
    private static final int CQ_MASK = 88;
    private static final int CQ_ENTRIES = 100;
    private static final int ONE_MAPPING = 1;
    private static final long SQ_OFFSET = 0;
    private static final long CQ_OFFSET = 0x8000000;
    private static final long SQE_OFFSET = 0x10000000;
    private static final int RING_BYTES = Scratch.PAGE_BYTES;
    private static final int SQE_BYTES = 64;
    private static final int OP_READ_FIXED = 4;
    private static final int OP_WRITE_FIXED = 5;
    private static final int ENTER_GETEVENTS = 1;
    private static final int REGISTER_BUFFERS = 0;
    private static final int UNREGISTER_BUFFERS = 1;
    private static final int MAP_SHARED_POPULATE = 0x8001;

    private final Scratch scratch;
    private final long descriptor;
    private final long device;
    private final long sq;
    private final long cq;
    private final long sqes;
    private final int[] at;

    private Ring(Scratch scratch, long descriptor) {
        this.scratch = scratch;
        this.descriptor = descriptor;
        at = new int[PARAMETERS / 4];
        for (int i = 0; i < at.length; i++) {
            at[i] = Words.getInt(scratch.buffer() + 4L * i);
        }
        device = scratch.memoryFile(Scratch.PAGE_BYTES);
        sq = map(RING_BYTES, SQ_OFFSET);
        cq = (at(FEATURES) & ONE_MAPPING) != 0 ? sq : map(RING_BYTES, CQ_OFFSET);
        sqes = map(ENTRIES * SQE_BYTES, SQE_OFFSET);
    }

    /** Opens a ring; throws if the kernel refuses one, see {@link #refusal}. */
    static Ring open(Scratch scratch) {
        return new Ring(scratch, Scratch.require("io_uring_setup", setup(scratch)));
    }

    /** Asks the kernel for a ring and closes it: returns the negated errno of a refusal, or 0. */
    static int refusal(Scratch scratch) {
        long result = setup(scratch);
        return result < 0 ? (int) result : (int) LinuxCalls.close(result);
    }

    private static long setup(Scratch scratch) {
        Words.fill(scratch.buffer(), PARAMETERS, (byte) 0);
        return LinuxCalls.ioUringSetup(ENTRIES, scratch.buffer());
    }

    private int at(int parameter) {
        return at[parameter / 4];
    }

    private long map(long bytes, long offset) {
        return Scratch.require("mmap of the ring",
                LinuxCalls.mmap(0, bytes, 3, MAP_SHARED_POPULATE, descriptor, offset));
    }

    /** Registers buffers: pins all their pages long-term, or none. */
    int register(Span... buffers) {
        return (int) LinuxCalls.ioUringRegister(descriptor, REGISTER_BUFFERS, scratch.vectors(buffers),
                buffers.length);
    }

    int unregister() {
        return (int) LinuxCalls.ioUringRegister(descriptor, UNREGISTER_BUFFERS, 0, 0);
    }

    /**
     * Returns what the device reads from the page at {@code address}, which lies in a registered buffer: content or
     * negated errno.
     */
    int deviceLoad(int buffer, long address) {
        int moved = request(OP_WRITE_FIXED, buffer, address);
        if (moved < 0) {
            return moved;
        }
        Scratch.require("pread", LinuxCalls.pread(device, scratch.buffer(), Scratch.PAGE_BYTES, 0));
        return scratch.content();
    }

    /** Lets the device fill the page at {@code address}: 0 or negated errno. */
    int deviceStore(int buffer, long address, byte value) {
        Words.fill(scratch.buffer(), Scratch.PAGE_BYTES, value);
        Scratch.require("pwrite", LinuxCalls.pwrite(device, scratch.buffer(), Scratch.PAGE_BYTES, 0));
        return Math.min(0, request(OP_READ_FIXED, buffer, address));
    }

    private int request(int operation, int buffer, long address) {
        Words.fill(sqes, SQE_BYTES, (byte) 0);
        Words.setByte(sqes, (byte) operation);
        Words.setInt(sqes + 4, (int) device);
        Words.setLong(sqes + 16, address);
        Words.setInt(sqes + 24, Scratch.PAGE_BYTES);
        Words.setInt(sqes + 40, buffer); // a short, in front of a field that stays 0
        int tail = Words.getInt(sq + at(SQ_TAIL));
        int slot = tail & Words.getInt(sq + at(SQ_MASK));
        Words.setInt(sq + at(SQ_ARRAY) + 4L * slot, 0);
        Words.setIntRelease(sq + at(SQ_TAIL), tail + 1);
        Scratch.require("io_uring_enter", LinuxCalls.ioUringEnter(descriptor, 1, 1, ENTER_GETEVENTS));
        int head = Words.getInt(cq + at(CQ_HEAD));
        if (Words.getIntAcquire(cq + at(CQ_TAIL)) == head) {
            throw new IllegalStateException("io_uring_enter came back without a completion");
        }
        long event = cq + at(CQ_ENTRIES) + 16L * (head & Words.getInt(cq + at(CQ_MASK)));
        int result = Words.getInt(event + 8);
        Words.setIntRelease(cq + at(CQ_HEAD), head + 1);
        return result;
    }

    @Override
    public void close() {
        if (cq != sq) {
            Scratch.require("munmap", LinuxCalls.munmap(cq, RING_BYTES));
        }
        Scratch.require("munmap", LinuxCalls.munmap(sq, RING_BYTES));
        Scratch.require("munmap", LinuxCalls.munmap(sqes, ENTRIES * SQE_BYTES));
        Scratch.require("close", LinuxCalls.close(device));
        Scratch.require("close", LinuxCalls.close(descriptor));
    }
}
