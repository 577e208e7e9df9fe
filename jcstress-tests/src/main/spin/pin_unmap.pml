/* The re-check of a pin against unmap, re-use of the frame included (R1; core: Grab, FastWalk).
 *
 * Memory is that of x86 where it matters: the clear of the entry may wait in the store buffer of the unmapper.
 * -DNO_RECHECK  the walker does not read the entry again
 * -DLAZY_CLEAR  the entry is cleared by a release store instead of an exchange
 */
#define BIAS 4
#define FRAME 1

byte entry = FRAME;          /* what memory says; 0 is none */
byte count = 1;              /* references on the frame: the mapping's */
byte generation;             /* lives of the frame that are over */
bool clearIsBuffered;        /* the unmapper's store is not in memory yet */
bool reused;                 /* the frame has another owner, with one reference */
bool pinned, sawPin, looked;

inline put(n) {              /* the last put frees the frame; the allocator hands it out again */
    d_step {
        assert(count >= n);
        count = count - n;
        if
        :: count == 0 -> generation++
        :: else
        fi
    }
}

active proctype walker() {
    byte seen;
    seen = entry;                                        /* WALK4 */
    if
    :: seen == 0 -> goto done
    :: else
    fi;
    if
    :: atomic { count > 0 -> count = count + BIAS }      /* WALK5 */
    :: atomic { count == 0 -> goto done }
    fi;
#ifndef NO_RECHECK
    if
    :: entry == seen                                     /* WALK7 */
    :: else -> put(BIAS); goto done                      /* WALK8: exactly what WALK5 added */
    fi;
#endif
    pinned = true;
    assert(generation == 0);                             /* pinned is never recycled */
done:
    skip
}

active proctype unmapper() {
#ifdef LAZY_CLEAR
    clearIsBuffered = true;                              /* UNMAP1, waiting in the store buffer */
#else
    entry = 0;                                           /* UNMAP1 */
#endif
    sawPin = count >= BIAS;                              /* UNMAP2: reclaim and fork act on this */
    looked = true;
    if
    :: clearIsBuffered -> entry = 0; clearIsBuffered = false
    :: else
    fi;
    put(1);                                              /* UNMAP3 */
    if
    :: atomic { count == 0 && !reused -> count = 1; reused = true }   /* UNMAP4 */
    :: else
    fi
}

/* The mutator acts on UNMAP2. A walker that ends with a pin must have been seen, or have come when the entry was still true. */
active proctype judge() {
end:
    atomic { pinned && looked -> assert(sawPin) }
}
