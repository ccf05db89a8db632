"""The rules of a job type: its weight and limits. The scripts enforce them over all workers (lua/jobs/limits.lua)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import redis

from tasks_app.errors import TooManyRulesError
from tasks_app.jobs import groups
from tasks_app.jobs.messages import HandOver, Wake
from tasks_app.jobs.pauses import Pause
from tasks_app.jobs.queries import JobQueries
from tasks_app.lua import job_script
from tasks_app.state import connections, keys
from tasks_app.text import encoded

RULES_LIMIT = 1_000  # types; each operation on a type reads its rules


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `jobs` start within any `ms` milliseconds."""

    jobs: int
    ms: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How many jobs may be active at once, and how many may start within a time. None = no limit."""

    at_once: int | None = None
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """
    Attributes: weight (how many turns the type gets while other waiting types get one each), limits of the type, and
    limits of each `key` in it.
    """

    weight: int = 1
    limits: Limits = Limits()
    per_key: Limits = Limits()

    def to_json(self) -> str:
        """The form that limits.lua reads; "" for the default rules."""
        limits, per_key = self.limits, self.per_key
        fields = {
            "weight": self.weight if self.weight != 1 else None,
            "at_once": limits.at_once,
            "rate": limits.rate and [limits.rate.jobs, limits.rate.ms],
            "key_at_once": per_key.at_once,
            "key_rate": per_key.rate and [per_key.rate.jobs, per_key.rate.ms],
        }
        given = {name: value for name, value in fields.items() if value is not None}
        return encoded(given) if given else ""

    @classmethod
    def parse(cls, text: str | None) -> "Rules":
        """Reads what to_json wrote; None and "" are the default rules."""
        found = json.loads(text) if text else {}
        limits = Limits(found.get("at_once"), _rate(found.get("rate")))
        return cls(found.get("weight", 1), limits, Limits(found.get("key_at_once"), _rate(found.get("key_rate"))))


def _rate(pair: list[int] | None) -> Rate | None:
    return Rate(*pair) if pair else None


@dataclass(frozen=True, slots=True)
class TypeState:
    """A type, its rules, its pause (None = it is not paused), and the pauses of its keys."""

    type: str
    rules: Rules
    pause: Pause | None
    paused_keys: Mapping[str, Pause]

    @classmethod
    def of(cls, job_type: str, rules: str | None, pauses: Mapping[str, Pause]) -> "TypeState":
        """Read what is stored: its rules, and the pauses of all groups."""
        keys_of = {groups.key_in(job_type, group): pause for group, pause in pauses.items()}
        paused_keys = {key: pause for key, pause in keys_of.items() if key is not None}
        return cls(job_type, Rules.parse(rules), pauses.get(groups.of_type(job_type)), paused_keys)


class TypeRules:
    """The rules of types on one server."""

    def __init__(self, client: redis.Redis, hand_over: HandOver) -> None:
        self._client = client
        self._hand_over = hand_over
        self._jobs = JobQueries(client)

    def of(self, job_type: str) -> TypeState:
        """The rules of a type; an unknown type has the default rules. Raises StateUnavailableError."""
        with connections.translated():
            text = cast(str | None, self._client.hget(keys.rules(), job_type))
        return TypeState.of(job_type, text, self._jobs.pauses())

    def known(self) -> list[TypeState]:
        """Every type that has jobs, a handler or rules, sorted. Raises StateUnavailableError."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.smembers(keys.types())
            pipeline.smembers(keys.handled())
            pipeline.hgetall(keys.rules())
            used, handled, rules = cast(Any, pipeline.execute())
        pauses = self._jobs.pauses()
        names = sorted({*used, *handled, *rules})
        return [TypeState.of(name, rules.get(name), pauses) for name in names]

    def put(self, job_type: str, rules: Rules) -> None:
        """
        Give a type these rules; they hold from the next claim on. Active jobs go on, even if they are more than the new
        limit. Safe to repeat. Raises TooManyRulesError, StateUnavailableError.
        """
        script = self._client.register_script(job_script("rule"))
        with connections.translated():
            answer = cast(list[Any], script(keys=[keys.events()], args=[job_type, rules.to_json(), RULES_LIMIT]))
        if answer[0] == "full":
            raise TooManyRulesError
        if answer[1]:
            self._hand_over([Wake(*wake) for wake in answer[1]])
