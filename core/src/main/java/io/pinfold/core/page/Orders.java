package io.pinfold.core.page;

/** Sizes of blocks and folios, as log2 of their frames. */
public final class Orders {
    /** The largest block of the buddy allocator: 4 MiB. */
    public static final int MAX = 10;
    /** A gigantic page: 1 GiB, what one PUD entry maps. */
    public static final int GIGANTIC = 18;

    private Orders() {
    }
}
