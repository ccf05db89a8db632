"""Stock and seats: the scripts of tasks_app/lua/inventory as typed methods."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import asdict, replace
from typing import Any, cast

import redis
from redis.commands.core import Script

from tasks_app.errors import CorruptInventoryError, LostJobError
from tasks_app.inventory import MAX_UNITS, Hold, Status, reservation_ids
from tasks_app.lua import inventory_scripts as lua
from tasks_app.state import inventory_keys
from tasks_app.text import Json, JsonObject, encoded
from worker.inventory.requests import (
    Confirmation,
    Decision,
    Definition,
    Extension,
    Reduction,
    Release,
    ReservationRequest,
)

Place = str | tuple[str, ...]  # a show or product; or all of those in which one reservation has units
BATCH_LIMIT = 1_000  # requests in one call: a script's command takes no more arguments
DELETED_MS = 7 * 86_400_000  # how long a job that deleted a show or product is remembered

_SCRIPTS = (
    *("create", "reserve", "confirm", "extend", "reduce", "release"),
    *("restock", "set_capacity", "set_status", "edit", "cancel", "delete"),
)
_TOGETHER = ("reserve", "confirm", "extend", "release")


class InventoryStore:
    """
    The shows and products of one server. Each method runs one script, which does what is asked or says why not.

    Every method may be repeated: a change that was made is not made again. All raise redis.ConnectionError or
    redis.TimeoutError if the server did not answer (the change may or may not have been made, so repeat),
    CorruptInventoryError if the stored numbers are impossible, and LostJobError past the moment given to `before` (then
    nothing was changed).
    """

    def __init__(
        self,
        client: redis.Redis,
        load: Callable[[str], str] = lua.load,
        together: Callable[[str], str] = lua.together,
        find_by: Sequence[str] = (),
    ) -> None:
        """`find_by`: the keys of metadata by which reservations are found (Settings.find_by)."""
        self._client = client
        self._find_by = encoded(find_by)
        self._scripts: dict[str, Script] = {
            name: client.register_script(load(f"inventory/{name}")) for name in _SCRIPTS
        }
        self._together = {name: client.register_script(together(name)) for name in _TOGETHER}
        self._latest_ms = 0

    def before(self, latest_ms: int) -> "InventoryStore":
        """The same inventories, but changes after this moment of the server's clock raise LostJobError."""
        bound = copy(self)
        bound._latest_ms = latest_ms
        return bound

    def create(self, target: str, definition: Definition) -> Decision:
        """Create a show or product, on sale at once. The same definition again: `exists`; a different one: refused."""
        text = json.dumps(
            asdict(definition), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        answer = self._run("create", target, text, reservation_ids.index_entry(target))
        return _decision(target, json.loads(answer), target)

    def reserve(self, target: str, reservations: Sequence[ReservationRequest]) -> list[Decision]:
        """Hold or sell; a decision for each, in the given order. A known id gets its first decision again."""
        wishes: list[Json] = [
            [wish.id, wish.customer or "", wish.lines, wish.hold_ms or 0, int(wish.sell), wish.metadata]
            for wish in reservations
        ]
        return self._run_many("reserve", target, wishes, [(wish.id, wish.id) for wish in reservations], self._find_by)

    def reserve_together(self, reservations: Mapping[str, ReservationRequest]) -> Decision:
        """
        Hold units of several shows and products for one reservation: all, or none. `reservations` has what is wanted of
        each, under one id. A refusal names who refuses: `{"target": "show:hamlet"}`.
        """
        (first, *others), wishes = reservations, list(reservations.values())
        requests: list[Json] = [
            [wish.id, wish.customer or "", list(wish.lines), wish.hold_ms or 0, 0, "", []] for wish in wishes
        ]
        requests[0] = [*cast(list[Json], requests[0])[:5], wishes[0].metadata, *([others] if others else ())]
        return self._run_together("reserve", (first, *others), requests, (wishes[0].id, wishes[0].id))

    def confirm(self, target: Place, confirmations: Sequence[Confirmation]) -> list[Decision]:
        """Held -> sold, before the deadline; after it only with `reacquire`."""
        wishes: list[Json] = [[wish.hold_id, int(wish.reacquire)] for wish in confirmations]
        return self._run_many("confirm", target, wishes, [wish[:2] for wish in confirmations])

    def extend(self, target: Place, extensions: Sequence[Extension]) -> list[Decision]:
        """A later deadline, at most `hold_max_ms` after the hold was made. Never an earlier one."""
        if any(wish.extend_ms <= 0 for wish in extensions):
            raise ValueError("extend_ms must be above 0")
        return self._run_many("extend", target, extensions, [wish[:2] for wish in extensions])

    def reduce(self, target: Place, reductions: Sequence[Reduction]) -> list[Decision]:
        """
        Give back these lines, held or sold; all of them: `released`. `expired` when time had freed them already. Of
        several shows and products the first refuses: its hold names the others.
        """
        if not all(wish.lines and all(0 < line.quantity <= MAX_UNITS for line in wish.lines) for wish in reductions):
            raise ValueError(f"needs lines of 1 to {MAX_UNITS} units: {reductions}")
        first = target if isinstance(target, str) else target[0]
        return self._run_many("reduce", first, reductions, [wish[:2] for wish in reductions])

    def release(self, target: Place, releases: Sequence[Release]) -> list[Decision]:
        """Held or sold -> free. `expired` when time had freed it already."""
        wishes: list[Json] = [[wish.hold_id] for wish in releases]
        return self._run_many("release", target, wishes, [wish[:2] for wish in releases])

    def restock(self, target: str, operation_id: str, pool: str, quantity: int) -> Decision:
        """Add units to a pool."""
        if not 0 < quantity <= MAX_UNITS:
            raise ValueError(f"quantity must be 1 to {MAX_UNITS}: {quantity}")
        answer = self._run("restock", target, operation_id, pool, quantity)
        return _decision(operation_id, json.loads(answer))

    def set_capacity(self, target: str, operation_id: str, pool: str, capacity: int) -> Decision:
        """Resize a pool; refused with `below_committed` if more units are held and sold."""
        if not 0 <= capacity <= MAX_UNITS:
            raise ValueError(f"capacity must be 0 to {MAX_UNITS}: {capacity}")
        answer = self._run("set_capacity", target, operation_id, pool, capacity)
        return _decision(operation_id, json.loads(answer))

    def set_status(self, target: str, operation_id: str, status: Status) -> Decision:
        """
        Open, close or archive the sale. Holds can still be confirmed; while there are some, an archive is refused with
        `still_held`.
        """
        return _decision(operation_id, json.loads(self._run("set_status", target, operation_id, status)))

    def edit(self, target: str, operation_id: str, changes: JsonObject, edition: int | None = None) -> Decision:
        """Change what is named in `changes`, in the words of edit.lua; with `edition`, only if it has this edition."""
        expected = "" if edition is None else edition
        return _decision(operation_id, json.loads(self._run("edit", target, operation_id, encoded(changes), expected)))

    def cancel(self, target: str, operation_id: str, batch: str) -> Decision:
        """End its sale for good. The decision has the `batch` of the first cancellation."""
        return _decision(operation_id, json.loads(self._run("cancel", target, operation_id, batch)))

    def delete(
        self, target: str, operation_id: str, asked_ms: int, waiting: int, archived: int | None = None
    ) -> Decision:
        """
        Remove all of it, if nothing is held, sold, or `waiting` (other jobs about it); refused with `still_live`. What
        was created after `asked_ms` stays, since the request was not about it. With `archived`, only if its ledger has
        this version: otherwise `unarchived`.
        """
        entry, version = reservation_ids.index_entry(target), "" if archived is None else archived
        answer = self._run("delete", target, operation_id, asked_ms, entry, DELETED_MS, waiting, version)
        return _decision(operation_id, json.loads(answer))

    def _run(self, name: str, target: str, *arguments: str | int) -> str:
        """The answer to a single request, JSON."""
        answer: str = self._call(self._scripts[name], (target,), *arguments)
        return answer

    def _call(self, script: Script, targets: Sequence[str], *arguments: str | int) -> Any:
        """The script's answer; each script documents its shape, and each caller gives it a type."""
        target = " ".join(targets)
        try:
            metas = [inventory_keys.inventory(one, "meta") for one in targets]
            return script(metas, [*arguments, self._latest_ms])
        except redis.ResponseError as error:
            if "LATE" in str(error):
                raise LostJobError(f"{target}: too late, the lease is over") from error
            if "IMPOSSIBLE" in str(error):
                raise CorruptInventoryError(f"{target}: {error}", target=target) from error
            raise

    def _run_many(
        self,
        name: str,
        target: Place,
        wishes: Sequence[Json],
        ids: Sequence[tuple[str, str]],
        *arguments: str,
    ) -> list[Decision]:
        """`ids`: for each request, the id of its decision and of its hold. `arguments`: more of the script's."""
        if not wishes:
            return []
        if isinstance(target, tuple):
            rows = zip(wishes, ids, strict=True)
            return [self._run_together(name, target, [wish] * len(target), own) for wish, own in rows]
        if len(wishes) > BATCH_LIMIT:
            raise ValueError(f"at most {BATCH_LIMIT} requests in one call: {len(wishes)}")
        text = json.dumps(wishes, ensure_ascii=False, allow_nan=False)
        told: list[str] = self._call(self._scripts[name], (target,), text, *arguments)
        answers = json.loads(f"[{','.join(told)}]")
        return [_decision(own, answer, hold) for (own, hold), answer in zip(ids, answers, strict=True)]

    def _run_together(
        self, name: str, targets: Sequence[str], wishes: Sequence[Json], ids: tuple[str, str]
    ) -> Decision:
        """One request in several shows and products, or in none: the decision of the first, or of who refuses."""
        text = json.dumps(wishes, ensure_ascii=False, allow_nan=False)
        answer, *more = self._call(self._together[name], targets, text, name, self._find_by)
        own, hold = ids
        found = _decision(own, json.loads(answer), hold)
        if found.status != "refused":
            return found
        return replace(found, data={**found.data, "target": targets[more[0] - 1]})


def _decision(own_id: str, answer: JsonObject, hold_id: str = "") -> Decision:
    status, code, hold = answer.pop("status"), answer.pop("code", None), answer.pop("hold", None)
    if hold is not None:
        answer = {"hold": hold_id, **Hold.parse(hold_id, hold).to_dict()}
    return Decision(own_id, status, code, answer)
