/* A walk against the end of its table (R6; core: WalkerSlot, WalkerSlots, RetiredTables), the store buffer of the walker included.
 *
 * -DNO_FENCE    the slot is entered by a store that may wait while the tables are read already
 * -DNO_WAIT     the table is freed without asking the slots
 */
#define IDLE 0

byte upper = 1;              /* the entry that leads to the table */
byte epoch = 1;
byte slot = IDLE;            /* as memory has it */
byte buffered = IDLE;        /* as the walker stored it */
bool freed;                  /* the table's frame belongs to another owner */

active proctype walker() {
    byte now, i, table;
    do
    :: i == 2 -> break
    :: else ->
       i++;
       now = epoch;                                      /* SLOT2 */
#ifdef NO_FENCE
       buffered = now;                                   /* SLOT3, not yet in memory */
#else
       slot = now;                                       /* SLOT3: in memory before SLOT5 */
#endif
       table = upper;                                    /* SLOT5: the entry that leads to the table ... */
       if
       :: table != 0 -> assert(!freed)                   /* ... and the table's own */
       :: else
       fi;
#ifdef NO_FENCE
       slot = buffered;                                  /* the buffer drains at last */
#endif
       if
       :: table != 0 -> assert(!freed)
       :: else
       fi;
       slot = IDLE                                       /* SLOT6, release */
    od
}

active proctype reclaimer() {
    byte old;
    upper = 0;                                           /* RETIRE1 */
    atomic { old = epoch; epoch++ };                     /* RETIRE2 */
#ifndef NO_WAIT
    slot == IDLE || slot > old;                          /* RETIRE4, until RETIRE5 holds */
#endif
    freed = true                                         /* RETIRE5 */
}
