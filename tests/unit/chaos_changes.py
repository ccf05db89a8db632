"""What a test may do to a sound history of `make chaos`, and the names of the invariants that it may break."""

from chaos.invariants import INVARIANTS

READY, FITTING, KEYS, ENDED, DONE, FAILED, LISTED, HEARD = list(INVARIANTS)[:8]
OVERSOLD, SUMS, ANSWERED, TOGETHER, TIME, TRULY, ONCE, ORDER, WHOLE = list(INVARIANTS)[8:17]
SINGLY, LINE, SOLE, SELDOM, BESIDE, LAST, STORY = list(INVARIANTS)[17:]


def change(kind, wanted, **fields):
    return lambda it: it.one(kind, **wanted).update(fields)


def drop(kind, **wanted):
    return lambda it: it.drop(kind, **wanted)


def add(*records):
    return lambda it: it.add(*records)


JOB = {"what": "job", "id": "note-1-id"}
RESERVED = {"what": "reservation", "id": "kept"}
