/** The walk without a lock: sessions, and pins that are closed like any other resource. */
module io.pinfold.fastpath {
    requires transitive io.pinfold.core;
    requires static transitive org.jspecify;

    exports io.pinfold.fastpath;
}
