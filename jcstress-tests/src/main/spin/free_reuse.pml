/* The last put, free, and the next life of the frame, against a walker that still knows it (R1, R7, R9; core: FrameLife, GRAB4,
 * HandleGrab).
 *
 * -DGENERATION_LATE  the generation is bumped after the allocator can see the frame
 * -DCOUNT_FIRST      the allocator raises the count before the page is what it will be
 * -DNO_GENERATION    a pin by handle does not compare the generation
 */
byte count = 1;
byte generation;             /* which life the frame is in */
byte kind = 1;               /* what the record says the page is: its mapping, order, head */
bool pinned;

inline grab(ok) {
    if
    :: atomic { count > 0 -> count++; ok = true }        /* GRAB2 GRAB3 */
    :: atomic { count == 0 -> ok = false }
    fi
}

active proctype byHandle() {
    bool ok;
    grab(ok);                                            /* HANDLE2 */
    if
    :: !ok -> goto done
    :: else
    fi;
#ifndef NO_GENERATION
    if
    :: generation == 0                                   /* HANDLE3: the life the handle names */
    :: else -> atomic { count-- }; goto done
    fi;
#endif
    assert(kind == 1);                                   /* the page of that life */
    assert(generation == 0);
    pinned = true;
done:
    skip
}

active proctype byEntry() {
    bool ok;
    byte k;
    grab(ok);
    if
    :: !ok -> goto done
    :: else
    fi;
    k = kind;                                            /* GRAB4: what the folio is, read while it is held */
    assert(k == kind && k != 0);                         /* complete, and it does not change any more */
    atomic { assert(count > 0); count-- };               /* the entry had changed: undo, without the last put in this model */
done:
    skip
}

active proctype owner() {
    if
    :: atomic { count == 1 -> count = 0 }                /* the last put; else it is still held, and the story ends */
    :: else -> goto done
    fi;
    kind = 0;                                            /* FREE2: torn down */
#ifndef GENERATION_LATE
    generation = 1;                                      /* FREE4: before the allocator can see the frame */
#endif
    skip;                                                /* FREE5 ALLOC1: on the list, and off again for the next customer */
#ifdef COUNT_FIRST
    count = 1;
    kind = 2;
#else
    kind = 2;                                            /* ALLOC2: all of the record */
    count = 1;                                           /* ALLOC3: release */
#endif
#ifdef GENERATION_LATE
    generation = 1;
#endif
    assert(!pinned);
done:
    skip
}
