/**
 * Address spaces, the door to the rooms below it: mapping and protecting ({@link io.pinfold.core.mm.AddressSpace}),
 * objects that can be mapped, the processor that works in a space ({@link io.pinfold.core.mm.Cpu}).
 *
 * <p>The rooms, in the order in which they may use each other: space, unmap, fault, anon; shared, hugetlb and device
 * side by side; move, slow. No room names a type of the door: objects of the door hold a peer, a class of a room, and
 * rooms see peers only. Where a room needs one above it, it calls an interface of space ({@code VmaOperations},
 * {@code PageReturn}).
 *
 * <p>Lock order, outermost first: mmap_lock of a space &gt; lock of the place of a fault &gt; mutex of a shared object
 * &gt; lock of a folio &gt; page-table locks, parent before child &gt; zone lock of the allocator. A walker slot is no
 * lock: inside one nothing locks, waits, allocates or frees, so a mutator may wait for slots under any of these locks.
 *
 * <p>Frames and records are touched under mmap_lock of an open space, inside a walker slot, or under the mutex of an
 * open shared object; the space and the object each keep the memory from closing.
 */
@NullMarked
package io.pinfold.core.mm;

import org.jspecify.annotations.NullMarked;
