"""MemoryBacklog: the queued jobs in their order, as in lua/jobs/backlog.lua. For simulations."""

from collections.abc import Mapping

from tasks_app.jobs import State, level_of
from tasks_app.places import LEVEL, SINCE_MS

KEYED = 6 * LEVEL


class MemoryBacklog:
    """
    Attributes: scores (of each job in its only index, state/keys.py), places (of queued jobs with a key, in the backlog
    of the key). `records` belongs to its owner.
    """

    def __init__(self, records: Mapping[str, Mapping[str, str]]) -> None:
        self.scores: dict[str, float] = {}
        self.places: dict[str, int] = {}
        self._records = records
        self._turns: dict[tuple[str, str], int] = {}  # type and key -> its turn; the ring of backlog.lua
        self._given = 0  # places, since `new_script`

    def new_script(self) -> None:
        """Each script counts the places that it gives."""
        self._given = 0

    def place(self, record: Mapping[str, str], at_ms: int) -> int:
        """`place_in` in places.lua: the place of a job that comes at this time."""
        self._given += 1
        return level_of(int(record.get("priority", 0))) * LEVEL + since_us(at_ms) + self._given

    def enter(self, job_id: str, score: int) -> None:
        """`enter` in backlog.lua; `stand` follows."""
        keyed = "key" in self._records[job_id]
        self.scores[job_id] = KEYED + score % LEVEL if keyed else score
        if keyed:
            self.places[job_id] = score

    def stand(self, job_type: str, key: str, now_ms: int, score: int | None = None) -> None:
        """`stand` in backlog.lua."""
        if not key:
            return
        first, turn = self._first_of_keys().get((job_type, key)), self._turns.get((job_type, key))
        if not first:
            self._turns.pop((job_type, key), None)
            return
        level = first[0] // LEVEL
        if turn is None and score is not None:
            since = score % LEVEL
        elif turn is None:
            self._given += 1
            since = since_us(now_ms) + self._given
        else:
            since = turn % LEVEL  # it keeps its turn
        self._turns[job_type, key] = level * LEVEL + since

    def take_turn(self, job_type: str, key: str) -> None:
        """The key has had its turn."""
        self._turns.pop((job_type, key), None)

    def advance(self, job_type: str, key: str, place: int) -> None:
        """A job that was given back gets its old place, and its key a turn no later than that."""
        if (job_type, key) in self._turns:
            self._turns[job_type, key] = min(self._turns[job_type, key], place)

    def in_order(self, job_type: str = "") -> list[str]:
        """
        The queued jobs of one type or all, the next first: jobs without a key and the first job of each key by their
        turns, then the other jobs with keys.
        """
        records = self._records
        some = [job_id for job_id, record in records.items() if record["state"] == State.QUEUED]
        of_type = [job_id for job_id in some if job_type in ("", records[job_id]["type"])]
        # Equal turns are ordered as in sorted sets: jobs without a key by their ids, then keys by their names.
        firsts = self._first_of_keys()
        turns = {job_id: (self._turns[own], 1, own[1]) for own, (_, job_id) in firsts.items()}
        return sorted(of_type, key=lambda job_id: turns.get(job_id, (self.scores[job_id], 0, job_id)))

    def _first_of_keys(self) -> dict[tuple[str, str], tuple[int, str]]:
        """Type and key -> place and id of the first job in the backlog of the key."""
        firsts: dict[tuple[str, str], tuple[int, str]] = {}
        for job_id, place in self.places.items():
            own = self._records[job_id]["type"], self._records[job_id]["key"]
            firsts[own] = min(firsts.get(own, (place, job_id)), (place, job_id))
        return firsts


def since_us(at_ms: int) -> int:
    """The part of a place that tells the time."""
    return max((at_ms - SINCE_MS) * 1000, 0)
