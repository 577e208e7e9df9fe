package io.pinfold.core.mm;

/**
 * Which frame of the device window a page of a {@link DeviceObject} lies in; what the driver or file system behind it
 * knows.
 */
@FunctionalInterface
public interface DeviceFrames {
    /**
     * The frame of a page. Called in faults: mmap_lock of the space and the object's lock are held, so an
     * implementation neither faults nor calls the object.
     *
     * @param pageIndex 0 to the object's pages - 1
     * @return a frame of a live pagemap of the object's type; for any other number the fault answers -EFAULT,
     *         except that it answers -ENOMEM and -EHWPOISON as they are
     */
    long frameOf(long pageIndex);

    /**
     * How many pages from {@code pageIndex} on, that one included, lie in frames that follow each other; at least 1.
     * What is never more than 1 is never mapped by a leaf, nor are frames that do not all belong to one pagemap.
     *
     * @param pageIndex 0 to the object's pages - 1
     * @return at least 1
     */
    default long runOf(long pageIndex) {
        return 1;
    }
}
