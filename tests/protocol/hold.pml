/* The hold of docs/spec/replication.md for one shard on one node: when it begins and ends, and who is seen meanwhile.
   tests/protocol/spin.test.mjs has spin visit every state.

   A tick is 2.5 minutes of steady time; the bounds of a hold are multiples of it. A failure of 2 s is a tick in which
   appends fail. Two people have sessions of two ticks, which their clients renew within two ticks. A renewal is an append:
   it fails while the log refuses. Person 1 leaves at some time.

   A macro given to spin takes one rule away, and each must make a check fail: ENDLESS_HOLD, NO_HOLD, NO_AFTER_GOOD,
   NO_SECOND_FAILURE, HOLD_EVERYONE. */

#define PEOPLE 2
#define SESSION 2    /* 5 min: life of a session after its renewal */
#define AFTER_GOOD 2 /* 5 min: a hold ends so long after appends succeed again */
#define HOLD_MAX 12  /* 30 min: and so long after it began at the latest */

bool was_refusing, is_refusing; /* appends fail, in the tick before and in this one */
bool is_holding;
bool is_spent;           /* a hold has reached its maximum, and no append has succeeded since */
bool may_miss;           /* the same, and not all had the time to renew since: they may be missed */
byte age;                /* ticks since the hold began */
byte good;               /* ticks in which appends have succeeded without a failure, up to AFTER_GOOD */
bool has_left;           /* person 1 */
byte life[PEOPLE] = 2;   /* ticks until the session expires in real time: what a writer decides on */
bool skipped[PEOPLE];    /* the client did not try to renew in the tick before */
bool seen_held[PEOPLE];  /* presence as of the first failure before the hold */
bool is_heard[PEOPLE];   /* an event since then */

#define IS_HELD(p) (is_holding && !is_heard[p])
#define SEEN(p) ((IS_HELD(p) && seen_held[p]) || (!IS_HELD(p) && life[p] > 0))

/* Keeps the presence of all who have no older one kept, before the time of this tick passes. */
inline keep(which) {
  p = 0;
  do
  :: p < PEOPLE ->
     if
     :: which -> seen_held[p] = (life[p] > 0); is_heard[p] = false
     :: else
     fi;
     p++
  :: else -> break
  od;
  p = 0
}

inline update_hold() {
  if
  :: is_refusing && !is_holding && !is_spent ->
#ifndef NO_HOLD
     is_holding = true;
     keep(true)
#else
     skip
#endif
#ifndef NO_SECOND_FAILURE
  :: is_refusing && !was_refusing && is_holding -> keep(is_heard[p]) /* who was heard is held as of now */
#endif
  :: else
  fi;
  if
  :: is_refusing -> good = 0
  :: else ->
     is_spent = false;
     good = (good < AFTER_GOOD -> good + 1 : good);
     may_miss = (good == AFTER_GOOD -> false : may_miss)
  fi;
  if
  :: is_holding && age == HOLD_MAX ->
#ifdef ENDLESS_HOLD
     skip
#else
     is_holding = false;
     is_spent = is_refusing;
     may_miss = good < AFTER_GOOD;
     age = 0
#endif
#ifdef NO_AFTER_GOOD
  :: is_holding && good > 0 && age < HOLD_MAX -> is_holding = false; age = 0
#endif
  :: is_holding && good == AFTER_GOOD && age < HOLD_MAX -> is_holding = false; age = 0
  :: is_holding && good < AFTER_GOOD && age < HOLD_MAX -> age++
  :: else
  fi
}

/* The time of a tick passes for person p, whose client renews or not. */
inline pass_time(p) {
  life[p] = (life[p] > 0 -> life[p] - 1 : 0);
  if
  :: !(p == 1 && has_left) ->
     skipped[p] = false;
     if
     :: !is_refusing ->
        life[p] = SESSION;
#ifndef HOLD_EVERYONE
        is_heard[p] = is_holding
#endif
     :: else
     fi
  :: !(p == 1 && has_left) && !skipped[p] -> skipped[p] = true
  :: p == 1 && has_left
  fi
}

active proctype Shard() {
  byte p;
  do
  :: atomic {
       was_refusing = is_refusing;
       if
       :: is_refusing = false
       :: is_refusing = true
       fi;
       if
       :: !has_left -> has_left = true; skipped[1] = false
       :: true
       fi;
       update_hold();
       pass_time(0);
       pass_time(1)
     }
  od
}

/* A person whose client renews is seen, unless a hold ended at its maximum before all had the time to renew. */
ltl seen { [] (may_miss || SEEN(0)) }
/* A person who has left is in the end not seen. */
ltl gone { [] (has_left -> <> [] !SEEN(1)) }
/* A hold ends. */
ltl ends { [] (is_holding -> <> !is_holding) }
/* A person who was heard during the hold is seen as of now, while the log takes appends. */
ltl fresh { [] ((is_holding && !is_refusing && life[1] == SESSION) -> SEEN(1)) }
