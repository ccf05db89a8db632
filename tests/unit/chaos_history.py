"""A sound history of a small run, for tests to falsify: the judge looks at every record of it."""

import copy
from typing import Any

from chaos.history import History
from chaos.invariants import broken

Record = dict[str, Any]

FLOOR = [{"pool": "floor", "quantity": 1}]
TARGET, TYPE, KEYED, ALONE = "show:hall", "type:chaos_note", "type:chaos_in_turn", "type:chaos_alone"


def entry(version: int, event: str, about: str, **data: Any) -> Record:
    return {"id": f"{1_000 * version}-0", "version": version, "event": event, "about": about, "data": data}


def held(version: int, about: str, expires_ms: int) -> Record:
    return entry(version, "held", about, lines=FLOOR, customer="ada", expires_ms=expires_ms)


def asked(key: str, what: str, **told: Any) -> Record:
    return {"kind": "asked", "at": 1.0, "key": key, "what": what, **told}


def answered(key: str, status: int, own: str, code: str | None = None) -> Record:
    return {"kind": "answered", "at": 2.0, "key": key, "status": status, "id": own, "state": None, "code": code}


def found(what: str, own: str, state: str, **told: Any) -> Record:
    return {"kind": "found", "at": 9.0, "what": what, "id": own, "state": state, **told}


def event(topic: str, entry_id: str, data: Record, name: str = "") -> Record:
    return {"kind": "told", "at": 3.0, "topic": topic, "id": entry_id, "name": name, "data": data}


def reservation(key: str, state: str) -> list[Record]:
    """Requested with `key`, and its id is the same."""
    told = {"parts": {TARGET: FLOOR}, "customer": "ada"}
    settled = answered(key, 409, key, "sold_out") if state == "refused" else answered(key, 201, key)
    return [
        asked(key, "reserve", **told),
        settled,
        found("reservation", key, state),
        found("job", key, "complete", type="reserve_seat"),
    ]


def own_job(key: str, kind: str, state: str, **told: Any) -> list[Record]:
    result = {"echo": key} if state == "complete" else None
    error = {"code": "error"} if state == "failed" else None
    job = {"type": kind, "result": result, "error": error, "in_doubt": False, "attempts_made": told["attempts"]}
    return [
        asked(key, "job", type=kind, **told),
        answered(key, 202, f"{key}-id"),
        {"kind": "did", "at": 3.0, "job": f"{key}-id", "fact": "done" if state == "complete" else "failed"},
        found("job", f"{key}-id", state, **job),
    ]


def unique_jobs() -> list[Record]:
    """One is replaced while it waits, the next comes when it is over; and two with a key that lasts two seconds."""
    made = {"lone-1": "unfinished", "lone-3": "unfinished", "rare-1": 2, "rare-2": 2}
    records, came = [], {"lone-1": 1, "lone-3": 4, "rare-1": 10_000, "rare-2": 12_500}
    for key, lasting in made.items():
        job = {"type": "chaos_alone", "result": {"echo": "lone-2" if key == "lone-1" else key}}
        records.append(asked(key, "unique", type="chaos_alone", of=f"{lasting}-0", lasting=lasting))
        records += [answered(key, 202, f"{key}-id"), found("job", f"{key}-id", "complete", **job)]
    later = asked("lone-2", "unique", type="chaos_alone", of="unfinished-0", lasting="unfinished")
    records += [later | {"at": 2.5}, answered("lone-2", 202, "lone-1-id") | {"at": 2.6, "conflict": "replaced"}]
    records.append(event(ALONE, "0-0", {}, "snapshot"))
    for key, moment in came.items():
        for n, fact in enumerate(("queued", "active", "complete")):
            records.append(event(ALONE, f"{moment + n}-0", {"job": f"{key}-id", "event": fact}))
    return records


def notification(key: str, channel: str, state: str, calls: list[str], doubt: bool) -> list[Record]:
    result = {"outcome": "sent"} if state == "complete" else None
    job = {"type": "push_notification", "result": result, "error": None, "in_doubt": doubt}
    return [
        asked(key, "notify", channel=channel, recipient=key),
        answered(key, 202, f"{key}-id"),
        *({"kind": "called", "at": 3.0, "to": key, "answer": one} for one in calls),
        found("job", f"{key}-id", state, **job),
    ]


def ledger() -> list[Record]:
    """A show of two places: the first sold, the second expired, then given back, then sold out."""
    return [
        entry(1, "created", "hall-id", pools={"floor": {"capacity": 2, "price": None}}),
        held(2, "sold", 9_000),
        entry(3, "confirmed", "sold", was="held"),
        held(4, "late", 4_500),
        entry(5, "expired", "late", was="held"),
        held(6, "back", 90_000),
        entry(7, "extended", "back", expires_ms=99_000),
        entry(8, "released", "back", was="held"),
        held(9, "kept", 99_000),
    ]


def sound() -> list[Record]:
    """All invariants hold."""
    entries = ledger()
    counts = {"floor": {"capacity": 2, "held": 1, "sold": 1}}
    states = {"sold": "confirmed", "late": "expired", "back": "released", "kept": "held", "none": "refused"}
    records = [record for key, state in states.items() for record in reservation(key, state)]
    for key, what, about in (("buy", "confirm", "sold"), ("give", "release", "back"), ("more", "extend", "back")):
        records += [asked(key, what, about=about), answered(key, 200, about)]
    records += own_job("note-1", "chaos_note", "complete", attempts=3)
    records += own_job("frail-1", "chaos_fragile", "failed", attempts=3, succeeds_at=4)
    records += own_job("program-1", "chaos_note", "complete", attempts=2)
    records += own_job("turn-1", "chaos_in_turn", "complete", attempts=1, of="ada")
    records += own_job("turn-2", "chaos_in_turn", "complete", attempts=2, of="ada")
    records += unique_jobs()
    records += notification("hook", "webhook", "complete", ["fail", "take"], doubt=False)
    records += notification("torn", "webhook", "failed", ["cut", "refuse"], doubt=True)
    records += notification("mail", "apprise", "complete", ["take"], doubt=False)
    records.append({"kind": "heard", "at": 4.0, "job": "program-1-id", "event": "complete"})
    records.append({"kind": "listed", "at": 9.0, "type": "chaos_note", "jobs": ["note-1-id", "program-1-id"]})
    records.append({"kind": "listed", "at": 9.0, "type": "chaos_fragile", "jobs": ["frail-1-id"]})
    records.append({"kind": "audit", "at": 9.0, "target": TARGET, "ok": True, "differences": []})
    records.append({"kind": "inventory", "at": 9.0, "target": TARGET, "version": 9, "pools": counts})
    records.append({"kind": "ledger", "at": 9.0, "target": TARGET, "entries": entries})
    records.append({"kind": "ready", "at": 8.0, "seconds": 1.0})
    records.append(event(TARGET, entries[0]["id"], {}, "snapshot"))
    records += [event(TARGET, one["id"], {name: one[name] for name in one if name != "id"}) for one in entries[1:]]
    records.append(event(TYPE, "0-0", {}, "snapshot"))
    story = [(job, fact) for job in ("note-1-id", "program-1-id") for fact in ("queued", "active", "complete")]
    records += [event(TYPE, f"{n}-0", {"job": job, "event": fact}) for n, (job, fact) in enumerate(story, 1)]
    records.append(event(KEYED, "0-0", {}, "snapshot"))
    turns = [("turn-1-id", "queued"), ("turn-2-id", "queued"), ("turn-1-id", "active"), ("turn-1-id", "complete")]
    turns += [("turn-2-id", fact) for fact in ("active", "stalled", "active", "complete")]
    records += [event(KEYED, f"{n}-0", {"job": job, "event": fact}) for n, (job, fact) in enumerate(turns, 1)]
    return records


class Doctored:
    """A sound history that can be changed record by record."""

    def __init__(self) -> None:
        self.records = copy.deepcopy(sound())

    def one(self, kind: str, **wanted: Any) -> Record:
        """The only record with these values."""
        [found] = [one for one in self.records if one["kind"] == kind and wanted.items() <= one.items()]
        return found

    def drop(self, kind: str, **wanted: Any) -> None:
        self.records.remove(self.one(kind, **wanted))

    def ledger(self) -> Any:
        return self.one("ledger")["entries"]

    def add(self, *records: Record) -> None:
        self.records += records

    def enter(self, *entries: Record) -> None:
        """Shift later entries of the ledger, and their events, so that only their content is wrong."""
        self.ledger().extend(entries)
        for one in entries:
            self.add(event(TARGET, one["id"], {name: one[name] for name in one if name != "id"}))

    def broken(self) -> Any:
        return broken(History(self.records))
