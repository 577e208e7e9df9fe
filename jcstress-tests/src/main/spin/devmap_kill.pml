/* Get of a device's pagemap against its removal (R13, R28; core: LiveRef, DevPagemap, fastpath: DeviceRange).
 *
 * -DBIAS_FIRST      the bias is taken off before the stripes are summed up
 * -DNO_GRACE        the stripes are summed up while a get is still on its way
 * -DNO_PAGEMAP      the walker takes the page without the pagemap
 */
#define BIAS 100
#define LIVE 0
#define DYING 1
#define ATOMIC 2

byte mode = LIVE;
short stripe;                /* gets less puts while the reference is live; a put on another stripe may make it negative */
short count = BIAS + 1;      /* the common count: the bias keeps it from zero, 1 is the owner's own */
byte inside;                 /* walkers in their slots */
byte released;
byte page = 1;               /* references on the device page: the driver's */
bool gone;                   /* the frame ended its life; the next device may have it */

inline drop(n) { d_step { count = count - n; if :: count == 0 -> released++ :: else fi } }

proctype walker() {
    bool live, got;
    live = true;
#ifndef NO_PAGEMAP
    inside++;                                            /* in the slot */
    if
    :: mode == LIVE -> stripe++                          /* LIVE1 LIVE2: two steps, the grace period is for what is between */
    :: else -> live = false
    fi;
    inside--;
#endif
    if
    :: !live -> goto done
    :: else
    fi;
    assert(released == 0);                               /* a reference that is held keeps the device */
    if
    :: atomic { page > 0 -> page++; got = true }         /* LOOKUP4 */
    :: atomic { page == 0 -> got = false }
    fi;
#ifndef NO_PAGEMAP
    inside++;
    if
    :: mode == LIVE -> stripe--                          /* LIVE1 LIVE2 */
    :: else -> drop(1)                                   /* LIVE3 */
    fi;
    inside--;
#endif
    if
    :: got -> assert(!gone); atomic { page-- }           /* the pin holds the device up until it is given back */
    :: else
    fi;
done:
    skip
}

active proctype owner() {
    short sum;
    run walker(); run walker();
    mode = DYING;                                        /* KILL1 REMOVE1 */
    atomic { page-- };                                   /* REMOVE2: the driver's own */
#ifndef NO_GRACE
    inside == 0;                                         /* KILL3 */
#endif
#ifdef BIAS_FIRST
    drop(BIAS);
#endif
    sum = stripe;                                        /* KILL4 */
#ifdef BIAS_FIRST
    d_step { count = count + sum };
#else
    d_step { count = count + sum - BIAS };               /* KILL5: in one step */
#endif
    mode = ATOMIC; drop(1);                              /* KILL6 */
    released > 0;                                        /* REMOVE3 */
    page == 0;
    atomic { gone = true; page = 1 };                    /* REMOVE5: the next device's */
    (_nr_pr == 1);
    assert(released == 1 && count == 0)
}
