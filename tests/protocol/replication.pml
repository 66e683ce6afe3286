/* The protocol of docs/spec/replication.md for one shard: two nodes that write, three commands, and a log that may answer
   an append with any of its outcomes. tests/protocol/spin.test.mjs has spin visit every state.

   Faults come out of budgets, so every execution ends: one message is lost or a command repeated, one append ends as
   Unknown, one turn reaches its deadline, and one node stops. Positions in the log are 1, 2, 3; sets of commands and of positions are
   bits of a byte.

   A macro given to spin takes one rule away, and each must make a check fail: NO_FENCE, FORGET_IDS, APPLY_EARLY,
   NO_REREAD_AFTER_UNKNOWN, NO_TAIL_WHILE_UNSURE, NO_TAIL_WHEN_UNHEARD, NO_HEARTBEAT. */

#define NODES 2
#define COMMANDS 3
#define POSITIONS 7
#define BIT(i) (1 << (i))

/* What is left of each kind of fault. */
byte losses = 1;    /* messages that are lost, and answers that come later than the router waits */
byte unknowns = 1;  /* appends whose outcome the writer does not learn */
byte deadlines = 1; /* turns that give up */
byte stops = 1;     /* node 0 stops for good */

/* The log. The batch at position p, entry p, continues the chain of `prev`. */
typedef Batch {
  byte ids;    /* commands of its events */
  byte prev;   /* position on which it was decided */
  byte number; /* the person's sequenceNumber after it */
  byte all     /* commands of all batches up to it */
}
Batch log[POSITIONS + 1];
byte last;  /* position of the end */
byte twice; /* commands with more than one event: must stay empty */
Batch late; /* an append that the log has received and not yet judged, if it has ids */

/* The nodes. */
byte view[NODES];    /* position of the view */
byte ids[NODES];     /* remembered ids: commands whose events the view has */
byte number[NODES];  /* the person's sequenceNumber in the view */
byte waiting[NODES]; /* commands that wait for the next turn */
byte told[NODES];    /* positions of told batches that have not arrived */
bool is_stopped;     /* node 0 */

mtype = { idle, appending, ok, again };
mtype phase[NODES] = idle; /* of the turn */

/* The commands. */
byte position[COMMANDS]; /* with which a writer has answered, 0 before */
byte refused;            /* commands that a writer has answered with kUnavailable */
byte routed;             /* number of requests of which the router expects no more */
byte finished;           /* nodes that have ended */
bool ended;

#define ANSWERED(c) (position[c] != 0)
#define STOPPED(n) ((n) == 0 && is_stopped)
#define QUIET \
  (routed == COMMANDS && late.ids == 0 && waiting[0] == 0 && waiting[1] == 0 && phase[0] == idle && phase[1] == idle && \
   told[0] == 0 && told[1] == 0)

/* A node's wall clock: they differ by more than all the sequence numbers of the model. */
#define CLOCK(n) ((n) == 0 -> 4 : 1)

/* apply_next: takes the batch of the log that is the next of the view of node n. */
inline apply_next(n) {
  view[n]++;
  assert(view[n] <= last);                  /* only what the log has is shown */
  assert(log[view[n]].prev == view[n] - 1); /* the chain continues */
  assert((ids[n] & log[view[n]].ids) == 0); /* nothing is applied twice */
  assert(log[view[n]].number > number[n]);  /* a sequenceNumber never falls */
  ids[n] = ids[n] | log[view[n]].ids;
  number[n] = log[view[n]].number;
  assert(ids[n] == log[view[n]].all);       /* the view is the fold of the log */
  told[n] = told[n] & ~BIT(view[n]);        /* would be ignored as an older one */
  unsure = (view[n] >= unsure -> 0 : unsure)
}

/* Applies what the view lacks of the batches up to position `upto`. */
inline catch_up(n, upto) {
  do
  :: view[n] < upto -> apply_next(n)
  :: else -> break
  od
}

/* Writes a batch behind the end of the log. */
inline write(batch_ids, batch_prev, batch_number) {
  twice = twice | (batch_ids & log[last].all);
  log[last + 1].ids = batch_ids;
  log[last + 1].prev = batch_prev;
  log[last + 1].number = batch_number;
  log[last + 1].all = log[last].all | batch_ids;
  last++;
  assert(last < POSITIONS)
}

/* The conditional append. */
#ifdef NO_FENCE
#define MAY_WRITE(expected_last) true
#else
#define MAY_WRITE(expected_last) (last == (expected_last))
#endif

/* Answers the commands `which` with the positions of their events. */
inline answer(which, p) {
  i = 0;
  do
  :: i < COMMANDS ->
     if
     :: which & BIT(i) ->
        assert(position[i] == 0 || position[i] == p); /* answered twice, but equally */
        position[i] = p
     :: else
     fi;
     i++
  :: else -> break
  od;
  i = 0
}

/* Answers those of the commands `which` that the node remembers. */
inline answer_remembered(which) {
  p = 1;
  do
  :: p <= view[n] -> answer(which & log[p].ids, p); p++
  :: else -> break
  od;
  p = 0
}

/* Decides the requests of the turn on the view: what is remembered is answered, the others are to be appended. */
inline decide() {
#ifndef FORGET_IDS
  answer_remembered(turn & ids[n]);
  turn = turn & ~ids[n];
#endif
  if
  :: turn ->
     prev = view[n];
     if
     :: CLOCK(n) > number[n] -> next_number = CLOCK(n)
     :: else -> next_number = number[n] + 1
     fi;
#ifdef APPLY_EARLY
     view[n]++;
     ids[n] = ids[n] | turn;
     number[n] = next_number;
#endif
     phase[n] = appending
  :: else -> end_turn()
  fi
}

inline end_turn() {
  turn = 0;
  prev = 0;
  next_number = 0;
  phase[n] = idle
}

/* Sends the batch at position `at` to the other node, unless it is lost. */
inline tell(at) {
  if
  :: !STOPPED(peer) && view[peer] < at -> told[peer] = told[peer] | BIT(at)
  :: STOPPED(peer) || view[peer] >= at
  :: !STOPPED(peer) && view[peer] < at && losses > 0 -> losses--
  fi
}

proctype Node(byte n) {
  byte turn;        /* requests of the turn */
  byte prev;        /* expected_last of the append */
  byte next_number; /* sequenceNumber that the append gives */
  byte unsure;      /* 1 + expected_last of an append that may still be written, 0: no such append */
  byte i, p;
  byte peer = 1 - n;
  do
  /* The turn of the writer. */
  :: phase[n] == idle && waiting[n] -> atomic {
       turn = waiting[n];
       waiting[n] = 0;
       decide()
     }
  :: phase[n] == appending -> atomic {
       if
       :: MAY_WRITE(prev) -> write(turn, prev, next_number); phase[n] = ok
       :: !MAY_WRITE(prev) -> phase[n] = again
       :: unknowns > 0 ->
          unknowns--;
          if
          :: MAY_WRITE(prev) -> write(turn, prev, next_number)
          :: true
          :: late.ids == 0 -> late.ids = turn; late.prev = prev; late.number = next_number
          fi;
          unsure = prev + 1;
#ifdef NO_REREAD_AFTER_UNKNOWN
          phase[n] = ok
#else
          phase[n] = again
#endif
       fi
     }
  :: phase[n] == ok -> atomic {
       /* The other node may have read it in the log and shown it to this one. */
       if
       :: view[n] == prev -> apply_next(n)
       :: else
       fi;
       tell(prev + 1);
       answer(turn, prev + 1);
       end_turn()
     }
  :: phase[n] == again -> atomic { catch_up(n, last); decide() }
  :: phase[n] == again && deadlines > 0 -> atomic { deadlines--; refused = refused | turn; end_turn() }

  /* Following. */
  :: told[n] -> atomic {
       p = view[n] + 1;
       do
       :: told[n] & BIT(p) -> break
       :: told[n] >= BIT(p + 1) -> p++
       od;
       catch_up(n, p); /* before a later one than the next, the missing ones are asked of the peer */
       p = 0
     }
#ifndef NO_HEARTBEAT
  :: !STOPPED(peer) && view[n] < view[peer] -> atomic { catch_up(n, view[peer]) }
#endif
#ifndef NO_TAIL_WHEN_UNHEARD
  :: STOPPED(peer) && view[n] < last -> atomic { catch_up(n, last) }
#endif
#ifndef NO_TAIL_WHILE_UNSURE
  :: unsure && view[n] < last -> atomic { catch_up(n, last) }
#endif

  :: n == 0 && stops > 0 && !QUIET -> atomic { stops--; is_stopped = true; waiting[n] = 0; told[n] = 0; end_turn(); finished++; break }
  :: atomic { QUIET && view[n] == last -> finished++; break }
  od
}

/* Judges an append that was delayed on its way, or loses it. */
proctype Delay() {
  do
  :: late.ids -> atomic {
       if
       :: MAY_WRITE(late.prev) -> write(late.ids, late.prev, late.number)
       :: !MAY_WRITE(late.prev)
       :: true
       fi;
       late.ids = 0;
       late.prev = 0;
       late.number = 0
     }
  :: QUIET -> break
  od
}

/* A request at the node that is the owner, or takes itself for the owner. */
proctype Own(byte c; byte node) {
  atomic {
    if
    :: !STOPPED(node) -> waiting[node] = waiting[node] | BIT(c)
    :: STOPPED(node) /* the client's connection ends */
    fi;
    routed++
  }
}

/* A request at node 1, whose router passes the command to node 0. If that is unheard, node 1 writes by itself. */
proctype Forwarded(byte c) {
  if
  :: atomic { !STOPPED(0) -> waiting[0] = waiting[0] | BIT(c) }
  :: STOPPED(0) -> goto unheard
  :: atomic { losses > 0 -> losses--; goto unheard } /* the command is lost */
  fi;
  if
  :: ANSWERED(c) && view[1] >= position[c]
  :: refused & BIT(c)
  :: STOPPED(0) -> goto unheard
  :: atomic { losses > 0 -> losses--; goto unheard } /* the answer is lost, or later than the writer is waited for */
  fi;
  goto end_of_request;
unheard:
  waiting[1] = waiting[1] | BIT(c);
end_of_request:
  routed++
}

init {
  atomic {
    run Node(0);
    run Node(1);
    run Delay();
    run Forwarded(0);
    run Own(1, 0);
    run Own(2, 1)
  }
  finished == NODES && QUIET -> atomic {
    assert(view[1] == last && (is_stopped || view[0] == last));
    ended = true
  }
}

#define IN_LOG_ONCE(c) ((log[last].all & BIT(c)) && !(twice & BIT(c)))
#define KEPT(c) (!ANSWERED(c) || IN_LOG_ONCE(c))
#define EQUAL_VIEWS (view[0] != view[1] || (ids[0] == ids[1] && number[0] == number[1]))

ltl safe { [] (KEPT(0) && KEPT(1) && KEPT(2) && EQUAL_VIEWS) }
ltl ends { <> ended }
