package io.pinfold.hwmodel.conformance;

import io.pinfold.core.mm.Prot;
import java.util.Locale;

/**
 * One step of a random trace.
 *
 * @param kind   kind of the call
 * @param page   first page of the window
 * @param pages  number of pages
 * @param ring   of steps of a device
 * @param choice protection, backing or value, by kind
 */
record Step(Kind kind, int page, int pages, int ring, int choice) {

    /** The kind of a step. */
    enum Kind {
        /** mmap over any earlier mappings; the choice is a protection and a backing. */
        MAP,
        /** munmap. */
        UNMAP,
        /** mprotect; the choice is the protection. */
        PROTECT,
        /** MADV_DONTNEED. */
        DISCARD,
        /** MADV_HUGEPAGE if the choice is odd, else MADV_NOHUGEPAGE. */
        ADVISE,
        /** Register one buffer with the ring. */
        REGISTER,
        /** Give the ring's buffer back. */
        UNREGISTER,
        /** The program fills the page with the choice. */
        STORE,
        /** The program looks at the page. */
        LOAD,
        /** The device fills a page of the ring's buffer with the choice. */
        DEVICE_STORE,
        /** The device looks at a page of the ring's buffer. */
        DEVICE_LOAD,
        /** process_vm_readv of all pages, or _writev if the choice is odd. */
        PROCESS_VM,
        /** vmsplice of the first page, and drain of the pipe. */
        SPLICE,
        /** /proc/self/mem: the page is read past its protection. */
        MEM_LOAD,
        /** /proc/self/mem: the page is filled with the choice past its protection. */
        MEM_STORE;

        /** Whether it makes, changes or ends mappings. */
        boolean isOfMappings() {
            return this == MAP || this == UNMAP || this == PROTECT || this == ADVISE;
        }
    }

    private static final int BACKING_SHIFT = 2;

    /** Encodes the choice of a MAP. */
    static int mapChoice(int prot, Backing backing) {
        return prot | backing.ordinal() << BACKING_SHIFT;
    }

    /** The step cut to the area: a range that begins before it or ends behind it becomes smaller. */
    Step within(Area area) {
        int from = Math.max(area.first(), Math.min(page, area.end() - 1));
        int to = Math.max(from + 1, Math.min(page + pages, area.end()));
        return new Step(kind, from, to - from, ring, choice);
    }

    /** Protection of a MAP or PROTECT. */
    int prot() {
        return choice & Prot.READ_WRITE;
    }

    Backing backing() {
        return Backing.values()[choice >> BACKING_SHIFT];
    }

    @Override
    public String toString() {
        String name = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        String range = pages == 1 ? "page " + page : "pages " + page + ".." + (page + pages - 1);
        return switch (kind) {
            case MAP ->
                    name + " " + range + " " + protection() + " " + backing().name().toLowerCase(Locale.ROOT);
            case PROTECT -> name + " " + range + " " + protection();
            case ADVISE -> name + " " + range + (isOdd() ? " huge" : " not huge");
            case UNMAP, DISCARD, LOAD, MEM_LOAD -> name + " " + range;
            case REGISTER -> name + " ring " + ring + " " + range;
            case UNREGISTER -> name + " ring " + ring;
            case STORE, MEM_STORE -> name + " " + range + " " + (char) choice;
            case DEVICE_STORE -> name + " ring " + ring + " buffer page " + page + " " + (char) choice;
            case DEVICE_LOAD -> name + " ring " + ring + " buffer page " + page;
            case PROCESS_VM -> (isOdd() ? "process_vm_writev " : "process_vm_readv ") + range;
            case SPLICE -> "vmsplice " + range;
        };
    }

    /** Whether it maps the memory file. */
    boolean isOfFile() {
        return kind == Kind.MAP && (backing() == Backing.SHARED || backing() == Backing.OBJECT);
    }

    /** Whether the choice is odd: a write for PROCESS_VM, huge pages for ADVISE. */
    boolean isOdd() {
        return (choice & 1) != 0;
    }

    private String protection() {
        return ((prot() & Prot.READ) != 0 ? "r" : "-") + ((prot() & Prot.WRITE) != 0 ? "w" : "-");
    }
}
