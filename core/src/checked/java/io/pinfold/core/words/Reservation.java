package io.pinfold.core.words;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * The checked form: what is reserved for frames and for their records are regions with rules. Once frames are given
 * back their addresses stay taken, with neither memory nor permission, so that a late access is an error that says
 * which thread closed. Records become zeros that only calls that come too late may look at, until their addresses are
 * released.
 */
@SuppressWarnings("restricted")
public final class Reservation {
    /** As in the shipping form. */
    public static final long CAP_BYTES = 4L << 30;

    private static final int MAP_PRIVATE_FIXED_ANONYMOUS_NORESERVE = 0x2 | 0x10 | 0x20 | 0x4000;
    private static final ThreadLocal<@Nullable FrameRegion> FRAMES_OF_THREAD = new ThreadLocal<>();

    private final Region region;
    private final @Nullable Arena arena;

    private Reservation(Region region, @Nullable Arena arena) {
        this.region = region;
        this.arena = arena;
        Regions.add(region);
    }

    /** As in the shipping form. */
    public static Reservation of(String what, long bytes) {
        if (bytes <= 0 || !Align.isAligned(bytes, Align.PAGE_BYTES)) {
            throw new IllegalArgumentException("bytes for " + what + ": " + bytes + " is not a positive multiple of "
                    + Align.PAGE_BYTES);
        }
        if (NativeAccess.isAvailable()) {
            return new Reservation(region(what, NativeAccess.reserve(what, bytes), bytes), null);
        }
        if (bytes > CAP_BYTES) {
            throw new IllegalStateException("cannot reserve " + bytes + " bytes for " + what + ": more than "
                    + CAP_BYTES);
        }
        Arena arena = Arena.ofShared();
        return new Reservation(region(what, arena.allocate(bytes, Align.PAGE_BYTES).address(), bytes), arena);
    }

    /** A memory reserves its frames and then, on the same thread, their records. */
    private static Region region(String what, long address, long bytes) {
        switch (what) {
            case "frames" -> {
                FrameRegion frames = new FrameRegion(address, bytes);
                FRAMES_OF_THREAD.set(frames);
                return frames;
            }
            case "page records" -> {
                FrameRegion frames = FRAMES_OF_THREAD.get();
                FRAMES_OF_THREAD.remove();
                if (frames == null || frames.states.frames() != bytes / RecordRegion.BYTES) {
                    throw new CheckedError("page records without frames before them", null);
                }
                RecordRegion records = new RecordRegion(address, bytes, frames.states);
                frames.setRecords(records);
                return records;
            }
            default -> {
                return new DataRegion(what, address, bytes);
            }
        }
    }

    /** As in the shipping form. */
    public long address() {
        return region.address;
    }

    /** As in the shipping form. */
    public long bytes() {
        return region.bytes;
    }

    /** As in the shipping form; but frames are not read afterwards. */
    public void discard() {
        if (region instanceof RecordRegion records) {
            records.giveBack();
            if (arena == null) {
                NativeAccess.discard(region.address, region.bytes);
            } else {
                Words.poison(region.address, region.bytes, (byte) 0);
            }
        } else {
            end();
        }
    }

    /** As in the shipping form. */
    public void release() {
        if (!region.isDead()) {
            end();
        }
        if (arena != null) {
            arena.close();
        }
    }

    private void end() {
        region.die(new CheckedError.Site("released", null));
        if (arena == null) {
            takeWithoutPermission();
        }
    }

    private void takeWithoutPermission() {
        try {
            long result = (long) Mmap.CALL.invokeExact(region.address, region.bytes, 0,
                    MAP_PRIVATE_FIXED_ANONYMOUS_NORESERVE, -1, 0L);
            if (result != region.address) {
                throw new IllegalStateException("mmap over " + region + " failed");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("mmap", e);
        }
    }

    /** Plain words without a kind: what a test reserves for itself. */
    private static final class DataRegion extends Region {
        DataRegion(String what, long address, long bytes) {
            super(what, address, bytes);
        }

        @Override
        void before(Access access, long at, int size, long operand, long next) {
            requireInside(access, at, size);
        }

        @Override
        void range(Access access, long at, long length) {
            requireInside(access, at, length);
        }
    }

    private static final class Mmap {
        static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("mmap"),
                FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));

        private Mmap() {
        }
    }
}
