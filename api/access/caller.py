"""Caller: who sent the request that is being answered, and what it may reach."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import cast

from flask import abort, request

from api.access.credentials import By
from api.access.permissions import Permission, Reach, reach
from api.http import problem, usher
from tasks_app.access import Role
from tasks_app.errors import UnknownBatchError, UnknownJobError
from tasks_app.inventory import Inventory, Reservation, targets_of
from tasks_app.jobs import Job
from tasks_app.jobs import fresh_id as unmarked_id
from tasks_app.notifications import channel_and_address
from tasks_app.own_types import OwnType

IN_ENVIRON = "usher.caller"
LASTS = "usher.caller_lasts"  # in the environ: a function that says whether the caller would still be let in
NO_SCOPES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Whoever holds the request's key, signed in with it, or has a token; where no key is needed, somebody without an
    owner who may do everything. `by` says which of these it is. `reach` is that of the route's permission. Empty scopes
    of a kind mean all of that kind.
    """

    key_id: str = ""
    owner: str = ""
    roles: tuple[Role, ...] = ()
    reach: Reach = Reach.ALL
    targets: frozenset[str] = NO_SCOPES  # show:ID, product:ID
    types: frozenset[str] = NO_SCOPES
    channels: frozenset[str] = NO_SCOPES
    reservation: str = ""  # of a reservation's token: all that it reaches
    by: By = "nobody"
    rate: str = ""  # of its key, as ApiKey has it
    streams: str = ""

    @property
    def who(self) -> str:
        """Whose requests and streams count together: those of a key, of a token, of all who need no key."""
        return self.key_id or (f"token:{self.reservation}" if self.reservation else "nobody")

    @property
    def is_narrowed(self) -> bool:
        """Has its key scopes?"""
        return bool(self.targets or self.types or self.channels)

    def owns(self, made_id: str) -> bool:
        """Was this made with a key of its owner, or is it the reservation of its token?"""
        if self.reservation:
            return made_id == self.reservation
        return bool(self.owner) and usher().identity.is_of(made_id, self.owner)

    def require_made(self, kind: str, made_id: str) -> None:
        """
        Raises UnknownJobError, or UnknownBatchError, unless the caller reaches this `job`, `reservation` or `batch`: to
        whoever may not see it, it does not exist.
        """
        if not self.reaches(kind, made_id):
            raise UnknownBatchError(batch=made_id) if kind == "batch" else UnknownJobError(job=made_id)

    def reaches(self, kind: str, made_id: str) -> bool:
        """Does this `job`, `reservation` or `batch` exist to the caller?"""
        return (self.reach is Reach.ALL or self.owns(made_id)) and self._is_in_scope(kind, made_id)

    def _is_in_scope(self, kind: str, made_id: str) -> bool:
        if not self.is_narrowed:
            return True
        if kind == "batch":  # its jobs may be about anything; those of its own were let in one by one
            return self.owns(made_id)
        if kind == "reservation":
            return not self.targets or usher().reservations.find(made_id).targets <= self.targets
        return all(in_scope(self, job) for job in usher().jobs.read_many([made_id]))


def caller() -> Caller:
    """The caller of the request that is being answered. Raises KeyError on a route that needs no key."""
    return cast(Caller, request.environ[IN_ENVIRON])


def may(permission: Permission) -> bool:
    """May the caller do this with everything, not only with what is its own or within its scopes?"""
    asking = caller()
    return asking.by == "nobody" or (not asking.is_narrowed and reach(asking.roles, permission) is Reach.ALL)


def lasts() -> Callable[[], bool]:
    """
    A function that says, also when the request is over, whether its caller would still be let in. It raises
    StateUnavailableError while that cannot be known.
    """
    return cast(Callable[[], bool], request.environ[LASTS])


def fresh_id() -> str:
    """A new id, with the caller's mark. Raises StateUnavailableError."""
    return usher().identity.marked(unmarked_id(), caller().owner)


def derived_id(*parts: str) -> str:
    """As Identity.derived_id, of this caller: another owner's same words give another id."""
    owner = caller().owner
    identity = usher().identity
    return identity.marked(identity.derived_id(*parts, owner), owner) if owner else identity.derived_id(*parts)


def require_target(target: str) -> None:
    """403 unless the caller's scopes let it reach this show or product."""
    _require(caller().targets, target, "show or product")


def require_type(job_type: str) -> None:
    """403 unless the caller's scopes let it reach jobs of this type."""
    _require(caller().types, job_type, "job type")


def require_channel(channel: str) -> None:
    """403 unless the caller's scopes let it reach this channel."""
    _require(caller().channels, channel, "channel")


def _require(reachable: Collection[str], name: str, kind: str) -> None:
    if reachable and name not in reachable:
        abort(problem("out_of_scope", f"The scopes of this key do not include this {kind}."))


def reached(inventories: Iterable[Inventory]) -> list[Inventory]:
    """Those of these shows or products that the caller's scopes include."""
    reachable = caller().targets
    return [one for one in inventories if not reachable or one.target in reachable]


def require_topic(topic: str) -> None:
    """
    403 unless the caller may watch this topic: its own jobs and batches where it reaches no further, since the events
    of a type, show or product name what others do. Raises as Caller.require_made.
    """
    asking, (kind, _, name) = caller(), topic.partition(":")
    if kind in ("job", "batch"):
        asking.require_made(kind, name)
    elif asking.reach is Reach.OWN:
        abort(problem("not_permitted", "This key may watch what was made with it: `job:ID` and `batch:ID`."))
    elif kind in ("jobs", "overview"):
        if asking.is_narrowed:
            abort(problem("out_of_scope", "A key with scopes may watch what they include, and not everything."))
    elif kind == "type":
        if asking.is_narrowed:
            _require(asking.types or ("",), name, "job type")
    else:
        require_target(topic)


def is_visible(job: Job) -> bool:
    """May the caller see this job in a list?"""
    asking = caller()
    if asking.reach is Reach.OWN and not asking.owns(job.id):
        return False
    return not asking.is_narrowed or in_scope(asking, job)


def is_visible_reservation(reservation: Reservation) -> bool:
    """The same for a reservation."""
    asking = caller()
    if asking.reach is Reach.OWN and not asking.owns(reservation.id):
        return False
    return not asking.targets or reservation.targets <= frozenset(asking.targets)


def in_scope(asking: Caller, job: Job) -> bool:
    """Do the scopes of the caller's key include this job?"""
    checks: tuple[tuple[frozenset[str], bool, Callable[[], Iterable[str]]], ...] = (
        (asking.targets, bool(job.target), lambda: targets_of(job)),
        (asking.channels, job.type == OwnType.PUSH_NOTIFICATION, lambda: [channel_and_address(job.data)[0]]),
        (asking.types, not job.target and job.type != OwnType.PUSH_NOTIFICATION, lambda: [job.type]),
    )
    return all(not reachable or not concerns or reachable.issuperset(names()) for reachable, concerns, names in checks)
