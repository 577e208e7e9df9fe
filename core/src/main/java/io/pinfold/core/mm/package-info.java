/**
 * Address spaces: what is mapped where (VMAs), how it gets there (faults), how it goes away (zap, protect), who uses it
 * (the {@link io.pinfold.core.mm.Cpu} and the slow half of get_user_pages).
 *
 * <p>Lock order, outermost first: mmap_lock of a space &gt; lock of the place of a fault &gt; mutex of a shared object &gt; lock of a folio &gt;
 * page-table locks, parent before child &gt; zone lock of the allocator. A walker slot is no lock: inside one nothing locks, waits, allocates or frees, so
 * a mutator may wait for slots under any of these locks.
 *
 * <p>Frames and records are touched under mmap_lock of an open space, inside a walker slot, or under the mutex of an open
 * shared object; the space and the object each keep the memory from closing.
 */
@NullMarked
package io.pinfold.core.mm;

import org.jspecify.annotations.NullMarked;
