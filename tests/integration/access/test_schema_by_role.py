"""Everything under /v1, asked by each role and by the holder of a token: no 5xx, and answers as documented."""

import contextlib
import itertools
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans

from tasks_app.access import Role
from tests.integration.access.access_kit import Gate, made_by
from tests.integration.access.test_role_table import PLACES
from tests.integration.test_openapi import BOUNDS, CHECKS, MODES
from worker.notifications import vapid

FEW = {**BOUNDS, "max_examples": 4}
HOLDER = "holder"


def token_of(gate: Gate, role: str, made: dict[str, str]) -> dict[str, str]:
    """The header of somebody with this role."""
    if role != HOLDER:
        return gate.caller("ada", Role(role)).headers
    asked = gate.caller("ada", Role.CLIENT).post(f"/v1/reservations/{made['reservation_id']}/token")
    return {"Authorization": f"Bearer {asked.json['token']}"}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("role", [*Role, HOLDER])
def test_answers_are_as_documented_whoever_asks(stocked: Gate, role: str) -> None:
    own, others = (made_by(stocked.caller(owner, Role.CLIENT)) for owner in ("ada", "bob"))
    headers = token_of(stocked, role, own)
    vapid.key_pair(stocked.usher.connections.state)  # as a worker makes it
    stocked.application.extensions["broadcaster"].closed = True  # a stream begins, and ends at once
    schema = schemathesis.openapi.from_wsgi("/docs/openapi.json", stocked.application)
    found = [one.ok() for one in schema.include(path_regex="^/v1/").get_all_operations()]
    assert len(found) > 50
    statuses = set()

    for operation, mode in itertools.product(found, MODES):

        @settings(**FEW)
        @given(case=operation.as_strategy(generation_mode=mode), really=booleans(), is_own=booleans())
        def ask(case: Any, really: bool, is_own: bool) -> None:
            if really:
                places = {**PLACES, "key_id": "aaaaaaaa", **(own if is_own else others)}
                for name in case.path_parameters or {}:
                    case.path_parameters[name] = places[name]
            if "Prefer" in (case.headers or {}):
                case.headers["Prefer"] = "wait=0"
            answer = case.call_and_validate(checks=CHECKS, headers=headers)
            statuses.add(answer.status_code)

        with contextlib.suppress(Unsatisfiable):  # nothing can be wrong here
            ask()
    assert 401 not in statuses
    assert {200, 403} <= statuses or role == Role.ADMIN
