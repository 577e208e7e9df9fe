/* Fork against a fast pin (R4; core: MmControl, fastpath: FastWalk). Two walkers, one of them without a pin before.
 *
 * -DNO_SEQUENCE     the walker does not look at write_protect_seq
 * -DNO_SECOND_LOOK  it looks before the walk only
 * -DFLAG_AFTER_PIN  HAS_PINNED is set when the walk is over
 * -DFORK_LOOKS_EARLY fork looks at the count before it makes the sequence odd
 */
#define BIAS 4

bool writable = true;        /* the parent's entry; it never goes away in this race */
byte count = 1;
byte sequence;
bool hasPinned;
bool shared;                 /* with a child: the next store of the parent copies */
byte pins;

active [2] proctype walker() {
    byte before;
#ifndef FLAG_AFTER_PIN
    hasPinned = true;                                    /* CALL3 */
#endif
#ifndef NO_SEQUENCE
    before = sequence;
    if
    :: before % 2 == 1 -> goto done                      /* a fork is under way: obtain nothing */
    :: else
    fi;
#endif
    if
    :: writable                                          /* WALK4 */
    :: else -> goto done
    fi;
    count = count + BIAS;                                /* WALK5 */
    if
    :: writable                                          /* WALK7 */
    :: else -> count = count - BIAS; goto done
    fi;
#ifndef NO_SEQUENCE
#ifndef NO_SECOND_LOOK
    if
    :: sequence == before                                /* WALK9 */
    :: else -> count = count - BIAS; goto done
    fi;
#endif
#endif
    pins++;
#ifdef FLAG_AFTER_PIN
    hasPinned = true;
#endif
done:
    skip
}

active proctype forker() {
    bool pinned;
#ifdef FORK_LOOKS_EARLY
    pinned = hasPinned && count >= BIAS;
    sequence++;
#else
    sequence++;                                          /* FORK1: odd */
    pinned = hasPinned && count >= BIAS;                 /* FORK2 */
#endif
    if
    :: pinned                                            /* the child gets a copy now */
    :: else -> writable = false; shared = true           /* FORK3 */
    fi;
    sequence++                                           /* FORK4: even */
}

active proctype judge() {
end:
    atomic { pins > 0 && shared -> assert(false) }
}
