/* A hole punched in a DAX file against a fast pin, the wait included (R14; hw-model: DaxFile).
 *
 * -DCOUNT_FIRST   the count is looked at before the entry is taken out
 * -DNO_RECHECK    the walker does not read the entry again
 * -DTRUST_WAKEUP  the woken puncher frees the block without beginning again
 */
#define IDLE 1

bool mapped = true;          /* the entry; it holds no reference */
byte count = IDLE;
bool lock;                   /* the file's: faults and the puncher */
bool hole;                   /* the block is free: another file may have it */
bool touched;                /* the one fault that brings the entry back has been */

active [2] proctype walker() {
    if
    :: mapped                                            /* WALK4 */
    :: else -> goto done
    fi;
    count++;                                             /* WALK5 */
#ifndef NO_RECHECK
    if
    :: mapped                                            /* WALK7 */
    :: else -> count--; goto done
    fi;
#endif
    assert(!hole);                                       /* the device writes to the block ... */
    assert(!hole);                                       /* ... all the time */
    count--;
done:
    skip
}

active proctype fault() {    /* a store of the process: maps the block again, as long as there is one */
    atomic { !lock -> lock = true };
    if
    :: !hole && !touched -> mapped = true
    :: else
    fi;
    touched = true;
    lock = false
}

active proctype puncher() {
    byte seen;
again:
    atomic { !lock -> lock = true };
#ifdef COUNT_FIRST
    seen = count;
    mapped = false;
#else
    mapped = false;                                      /* PUNCH1 PUNCH2 */
    seen = count;                                        /* PUNCH3 */
#endif
    if
    :: seen > IDLE ->
       lock = false;
       count != seen;                                    /* PUNCH4: wait for a put, and begin again */
#ifdef TRUST_WAKEUP
       atomic { !lock -> lock = true };
#else
       goto again
#endif
    :: else
    fi;
    hole = true;                                         /* PUNCH4 */
    lock = false
}
