package io.pinfold.core.mm.space;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.frame.Use;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.StackRoom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The object that a VMA maps, for everything other than private memory: the one life cycle of all kinds (address_space
 * of a file, without its pages). A kind extends it in its own package; users hold the {@code MappedObject} around it.
 *
 * <p><b>Life.</b> The maker has the handle, until {@link #close()}. A call that is about to map it holds it, and each
 * VMA that maps it is linked. When handle, holds and VMAs are all gone, its pages are dropped; pins on them stay valid.
 * Until then it keeps its memory from closing. Threads may share it.
 */
public abstract class VmaObject implements AutoCloseable {
    private final MemoryCore memory;
    private final long id;
    private final String name;
    /** Guards all state of the object, as i_mmap and i_pages. Taken under mmap_lock, outside page-table locks. */
    private final Mutex mutex;
    private final List<Vma> mappings = new ArrayList<>();
    private final Use use;
    /** The handle, if it is still open, and calls that are about to map the object. */
    private int holds = 1;
    private boolean isOpen = true;
    private boolean isReleased;

    /** An object whose {@code kind} is for messages. A constructor below calls this after everything that can fail. */
    protected VmaObject(MemoryCore memory, long id, String kind) {
        this.memory = memory;
        this.id = id;
        this.name = kind + " " + id;
        this.mutex = new Mutex(kind);
        this.use = memory.use(name); // last: it would have to be ended
    }

    /** The memory whose frames it maps. */
    public final MemoryCore memory() {
        return memory;
    }

    /** A number used for nothing else in this memory; it is in the mapping word of pages that the object owns. */
    public final long id() {
        return id;
    }

    /** Number of VMAs that map it. */
    public final int mappings() {
        mutex.lock();
        try {
            return mappings.size();
        } finally {
            mutex.unlock();
        }
    }

    /** Whether it is closed and not mapped: its pages are dropped, and it cannot be mapped again. */
    public final boolean isGone() {
        mutex.lock();
        try {
            return isReleased;
        } finally {
            mutex.unlock();
        }
    }

    /**
     * Gives up the handle: it can no longer be mapped, and when the last mapping is gone (now, if there is none) its
     * pages are dropped. Mappings, and pins on pages, stay valid. A second call does nothing.
     */
    @Override
    public final void close() {
        StackRoom.forWalk();
        mutex.lock();
        try {
            if (isOpen) {
                isOpen = false;
                holds--;
                releaseIfUnused();
            }
        } finally {
            mutex.unlock();
        }
    }

    // ---- what the kinds differ in -----------------------------------------------------------------------------------

    /** How its mappings fault, open and close. */
    public abstract VmaOperations operations();

    /** Level of what maps one of its pages at least: above PTE for reserved huge pages. */
    public int pageLevel() {
        return Geometry.PTE;
    }

    /** Whether a mapping of it may be private, so that stores go to copies. */
    public abstract boolean mayBePrivate();

    /** Whether it is a file on a DAX file system, whose pages are the file's blocks. */
    public boolean isFsDax() {
        return false;
    }

    /** Whether a core dump leaves out {@code address} of {@code vma}, because nothing is there. */
    public boolean isHoleAt(Vma vma, long address) {
        return false;
    }

    /** Called when a VMA was unlinked; the mutex is held. */
    protected void unlinked(Vma vma) {
        // most objects keep nothing for a single mapping
    }

    /** Drops the pages: they cannot be found through the object any more. Called once; the mutex is held. */
    protected void release() {
        // the memory of a device belongs to its owner
    }

    // ---- for mappings -----------------------------------------------------------------------------------------------

    /** Guards the state of the object. */
    public final Mutex mutex() {
        return mutex;
    }

    /** The VMAs that map it; the mutex is held. */
    public final List<Vma> vmas() {
        return Collections.unmodifiableList(mappings);
    }

    /** Whether {@link #release} has run; the mutex is held. */
    public final boolean isReleased() {
        return isReleased;
    }

    /**
     * Keeps the object alive until {@link #unhold()}, for a caller that is about to map it.
     *
     * @throws MisuseException if it is closed
     */
    public final void hold() {
        mutex.lock();
        try {
            if (!isOpen) {
                throw new MisuseException(this + " is closed");
            }
            holds++;
        } finally {
            mutex.unlock();
        }
    }

    /** Partner of {@link #hold()}. */
    public final void unhold() {
        mutex.lock();
        try {
            holds--;
            releaseIfUnused();
        } finally {
            mutex.unlock();
        }
    }

    /** Adds a VMA to those that map the object. */
    public final void link(Vma vma) {
        mutex.lock();
        try {
            mappings.add(vma);
        } finally {
            mutex.unlock();
        }
    }

    /** Takes a VMA out of those that map the object. */
    public final void unlink(Vma vma) {
        mutex.lock();
        try {
            mappings.remove(vma);
            unlinked(vma);
            releaseIfUnused();
        } finally {
            mutex.unlock();
        }
    }

    private void releaseIfUnused() {
        if (holds == 0 && !isReleased && mappings.isEmpty()) {
            isReleased = true;
            release();
            use.close();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
