package io.pinfold.core.mm.space;

/**
 * The return of private pages from memory which only a device reaches (the device half of do_swap_page). Faults call
 * it, but the implementation is in a package above theirs, so each {@link Mm} is given one when it is made.
 */
@FunctionalInterface
public interface PageReturn {
    /**
     * Brings back the page that the entry at {@code at} stands for ({@link UserPages#isDevicePrivate}). Entered with
     * the lock of {@code table} held, left without.
     *
     * @param page  start of the page
     * @param scope which frames may be taken, as in {@code Blocks.allocate}
     * @return as a fault: {@link VmaOperations#DONE}, {@link VmaOperations#AGAIN} or a negative errno
     */
    int bringBack(Vma vma, long page, int scope, long table, long at, long entry);
}
