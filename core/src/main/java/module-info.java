/**
 * Physical memory, page tables, address spaces and the slow path of get_user_pages.
 *
 * <p>Users see {@link io.pinfold.core.memory}, {@link io.pinfold.core.mm}, the vocabulary {@link io.pinfold.core.gup}, and those who
 * write devices {@link io.pinfold.core.device}. All else is for the modules of the project.
 */
@SuppressWarnings("module") // the modules of the project that may look inside are not known when this one is compiled
module io.pinfold.core {
    requires static transitive org.jspecify;

    exports io.pinfold.core.gup;
    exports io.pinfold.core.memory;
    exports io.pinfold.core.mm;
    exports io.pinfold.core.device;

    exports io.pinfold.core.epoch to io.pinfold.fastpath;
    exports io.pinfold.core.internal to io.pinfold.fastpath, io.pinfold.hwmodel;
    exports io.pinfold.core.memory.batch to io.pinfold.fastpath;
    exports io.pinfold.core.memory.frame to io.pinfold.fastpath, io.pinfold.hwmodel;
    exports io.pinfold.core.memory.handle to io.pinfold.fastpath;
    exports io.pinfold.core.mm.slow to io.pinfold.fastpath;
    exports io.pinfold.core.mm.space to io.pinfold.fastpath;
    exports io.pinfold.core.page to io.pinfold.fastpath, io.pinfold.hwmodel;
    exports io.pinfold.core.pgtable to io.pinfold.fastpath, io.pinfold.hwmodel;
    exports io.pinfold.core.words to io.pinfold.fastpath, io.pinfold.hwmodel;
}
