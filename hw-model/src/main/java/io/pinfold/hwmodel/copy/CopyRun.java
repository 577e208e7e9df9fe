package io.pinfold.hwmodel.copy;

import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.fastpath.GupSession;
import io.pinfold.hwmodel.dma.DmaEngine;
import io.pinfold.hwmodel.dma.EngineThread;
import io.pinfold.hwmodel.dma.FileDevice;
import io.pinfold.hwmodel.stats.NamedCounts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The resources of one job, acquired by {@link #open} and given back in reverse order. Files and memory outlive {@link
 * #tearDown}, because {@link #audit} reads them. One thread.
 */
final class CopyRun implements AutoCloseable {

    private final CopyOptions options;
    private final MemoryPlan plan;
    private final Unwind outer = new Unwind();
    private final Unwind inner = new Unwind();
    private final CopyAudit audit = new CopyAudit();
    private final AtomicReference<@Nullable Throwable> engineFailure = new AtomicReference<>();
    private final PhysicalMemory memory;
    private final CopyFiles files;
    private final GupSession session;
    private final DmaEngine engine;
    private final FrameHistory history;
    private final Acquirer acquirer;
    private final Rivals rivals;
    private final Copier copier;
    private double seconds;
    private @Nullable Throwable defect;

    private CopyRun(CopyOptions options, MemoryPlan plan, BooleanSupplier cancelled, LongConsumer progress) {
        this.options = options;
        this.plan = plan;
        try {
            memory = openMemory(plan);
            outer.push("the memory", memory::close);
            files = CopyFiles.open(options);
            outer.push("the files", this::closeFiles);
            engine = DmaEngine.open(memory, "0", 2 * plan.windows());
            EngineThread thread = EngineThread.start(engine, problem -> engineFailure.compareAndSet(null, problem));
            inner.push("the engine", thread::close);
            AddressSpace user = AddressSpace.create(memory);
            inner.push("the user address space", user::close);
            session = GupSession.open(memory);
            session.detach(); // only the copy's while it runs, so that any thread can tear down before and after
            inner.push("the session", session::close);
            Cpu cpu = user.openCpu();
            inner.push("the processor", cpu::close);
            Window[] windows = openWindows(user);
            Thread owner = Thread.currentThread();
            Runnable wake = () -> LockSupport.unpark(owner);
            engine.onInterrupt(wake);
            rivals = new Rivals(memory, user, windows, options, plan.scratchPages(), wake);
            inner.push("the rivals", rivals::stop);
            history = new FrameHistory(memory);
            inner.push("the frame history", history::finish);
            acquirer = new Acquirer(memory, user, session, cpu, options.lifetime());
            copier = new Copier(user, acquirer, engine, windows, rivals, options.rivals() > 0, history,
                    new FileDevice(files.source()), new FileDevice(files.target()), cancelled, progress);
        } catch (RuntimeException | Error e) {
            giveBack(inner, e);
            giveBack(outer, e);
            throw e;
        }
    }

    /**
     * Checks everything, then opens everything; no thread but the engine's runs yet.
     *
     * @throws CopyRefusedException with nothing done and nothing open
     */
    static CopyRun open(CopyOptions options, BooleanSupplier cancelled, LongConsumer progress) {
        CopyFiles.check(options);
        return new CopyRun(options, MemoryPlan.of(options), cancelled, progress);
    }

    private static PhysicalMemory openMemory(MemoryPlan plan) {
        try {
            return PhysicalMemory.open(plan.memory());
        } catch (IllegalStateException e) { // the system refused the reservation; the message names limit and remedy
            throw new CopyRefusedException(String.valueOf(e.getMessage()), e);
        }
    }

    private Window[] openWindows(AddressSpace user) {
        Window[] windows = new Window[plan.windows()];
        for (int i = 0; i < windows.length; i++) {
            long at = user.mmap(0, (long) options.batchPages() << 12, Prot.READ_WRITE,
                    MapFlags.PRIVATE | MapFlags.ANONYMOUS);
            if (at < 0) {
                throw new CopyRefusedException("no address range for a window of " + options.batchPages()
                        + " pages: errno " + -at);
            }
            Window window = new Window(memory, i, at, options.batchPages());
            inner.push("window " + i, window::close);
            windows[i] = window;
        }
        return windows;
    }

    private static void giveBack(Unwind unwind, Throwable because) {
        try {
            unwind.close();
        } catch (RuntimeException e) {
            because.addSuppressed(e);
        }
    }

    private void closeFiles() {
        try {
            files.close();
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** Runs the copy; a failure becomes a finding, so that the audit takes place in any case. */
    void copy() {
        long start = System.nanoTime();
        session.attach();
        try {
            rivals.start();
            copier.copy(files.bytes());
        } catch (CopyFailedException e) {
            defect = e.getCause() instanceof IOException ? null : e.getCause();
            audit.add(isModelError(e) ? CopyClause.JOB13 : CopyClause.JOB10, String.valueOf(e.getMessage()));
        } catch (Throwable e) { // including exceptions of the caller's progress callback
            defect = e;
            audit.add(isModelError(e) ? CopyClause.JOB13 : CopyClause.JOB11, e.toString());
        } finally {
            session.detach();
            seconds = (System.nanoTime() - start) / 1e9;
        }
    }

    /** Stops everything and releases everything but memory and files. */
    void tearDown() {
        try {
            inner.close();
        } catch (RuntimeException e) {
            audit.add(isModelError(e) ? CopyClause.JOB14 : CopyClause.JOB15, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Whether a failure is a contradiction in the memory's own state, however deep it is wrapped; such a failure has a
     * finding of its own.
     */
    private static boolean isModelError(Throwable problem) {
        for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
            if (cause instanceof MemoryModelError) {
                return true;
            }
        }
        return false;
    }

    /** Audits the memory and the files, then closes them, which is the last test; after {@link #tearDown}. */
    CopyReport audit() {
        Throwable problem = engineFailure.get();
        if (problem != null) {
            audit.add(CopyClause.JOB12, "the engine threw " + problem);
        }
        VmStat stat = memory.vmStat();
        audit.memory(memory);
        audit.counters(stat);
        audit.engine(engine.stats());
        audit.rivals(rivals.stats());
        if (copier.counts().bytes == files.bytes()) {
            audit.files(files);
        }
        try {
            outer.close();
        } catch (RuntimeException e) {
            audit.add(CopyClause.JOB16, String.valueOf(e.getMessage()));
        }
        return report(stat);
    }

    private CopyReport report(VmStat stat) {
        Counts counts = copier.counts();
        return new CopyReport(options, counts.bytes, seconds, stat.nrFollPinAcquired(), stat.nrFollPinReleased(),
                acquirer.gets(), stat.fastHits(), NamedCounts.of(stat.fallBacks()), NamedCounts.of(stat.rollBacks()),
                counts.takenAway,
                history.reused(), engine.stats().stale(), stat.epochsAdvanced(), counts.chunks, counts.shortPins,
                counts.refusedPins, counts.refusals(), plan.windows(), stat.framesEverUsed(), rivals.stats(),
                audit.findings(), defect);
    }

    PhysicalMemory memory() {
        return memory;
    }

    DmaEngine engine() {
        return engine;
    }

    Rivals rivals() {
        return rivals;
    }

    CopyFiles files() {
        return files;
    }

    /** The path of the target until it has its name. */
    Path target() {
        return files.part();
    }

    /** Closes everything that is still open. */
    @Override
    public void close() {
        try {
            inner.close();
        } finally {
            outer.close();
        }
    }
}
