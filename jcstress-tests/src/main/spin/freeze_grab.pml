/* Freeze against a speculative grab (R7, R11; core: PageRefs.freeze, GRAB2 GRAB3).
 *
 * -DFREEZE_AS_STORE  freeze loads the count and then stores zero
 * -DPLAIN_ADD        the grab adds without asking for zero
 */
byte count = 1;              /* the freezer's own reference */
bool frozen;                 /* the freezer works on the folio and believes to be alone */
byte held;                   /* references of walkers */

proctype walker() {
    byte c;
    do
    :: c = count;                                        /* GRAB2 */
#ifdef PLAIN_ADD
       atomic { count++; held++; break }
#else
       if
       :: c == 0 -> goto done                            /* free or frozen: refuse */
       :: else
       fi;
       if
       :: atomic { count == c -> count = c + 1; held++; break }       /* GRAB3, a compare and set */
       :: else                                           /* another thread was first: once more */
       fi
#endif
    od;
    assert(!frozen);                                     /* never both */
    atomic { assert(count > 0); count--; held-- };       /* the put */
done:
    skip
}

proctype freezer() {
#ifdef FREEZE_AS_STORE
    if
    :: count == 1 -> count = 0
    :: else -> goto done
    fi;
#else
    if
    :: atomic { count == 1 -> count = 0; frozen = true }  /* FREEZE1: expected to zero in one step */
    :: else -> goto done
    fi;
#endif
    frozen = true;
    assert(held == 0);
    frozen = false;
    atomic { assert(count == 0); count = 1 };            /* unfreeze, release; a count that is not 0 would be erased */
done:
    skip
}

init {
    atomic { run walker(); run walker(); run freezer() };
    (_nr_pr == 1);
    assert(count == 1 && held == 0)
}
