"""The table role x route x whose of docs/access.md: each cell is asked."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.access import ROUTES, Permission
from api.http.examples import BODIES
from tasks_app.access import ApiKey, Role
from tests.integration.access.access_kit import PLACES, Caller, Gate, made_by

DOCUMENT = Path(__file__).parents[3] / "docs" / "access.md"
ROW = re.compile(r"\| `([A-Z]+) (/\S+)` \|(.*)\|$")
REFUSED = (401, 403)
OWN = "own"
LISTS = ("/v1/batches", "/v1/jobs", "/v1/notifications", "/v1/reservations", "/v1/customers/{customer}/reservations")
KUE_LISTS = ("/kue/jobs/", "/kue/job/search")  # how their paths begin


def rows() -> Iterator[tuple[str, str, dict[Role, str]]]:
    for line in DOCUMENT.read_text().splitlines():
        if found := ROW.match(line):
            method, path, cells = found.groups()
            yield method, path, dict(zip(Role, (cell.strip() for cell in cells.split("|")), strict=True))


TABLE = list(rows())


def ask(gate: Gate, caller: Caller, method: str, path: str, made: dict[str, str]) -> int:
    """The status of this request about these things."""
    named = {**PLACES, **made}
    if "/notifications/" in path:
        named["job_id"] = made["notification_id"]
    filled = path.format_map(named)
    if path == "/v1/stream":
        filled += f"?topic=job:{made['job_id']}"
    with caller.call(method, filled, body_of(gate, method, path), Prefer="wait=0") as answer:
        return int(answer.status_code)


def body_of(gate: Gate, method: str, path: str) -> Any:
    """An example of the served document."""
    operation = gate.document["paths"].get(path, {}).get(method.lower(), {}).get("operationId")  # of Flower: none
    return BODIES[operation][0].body if operation in BODIES else None


@pytest.mark.parametrize(("method", "path", "cells"), TABLE, ids=[f"{method} {path}" for method, path, _ in TABLE])
def test_each_role_gets_as_far_on_this_route_as_the_document_says(
    stocked: Gate, method: str, path: str, cells: dict[Role, str]
) -> None:
    own, others = (made_by(stocked.caller(owner, Role.CLIENT)) for owner in ("ada", "bob"))
    for role, cell in cells.items():
        caller = stocked.caller("ada", role)
        for made in (own, others):
            made["key_id"] = throwaway(stocked)
        found = {"own": ask(stocked, caller, method, path, own), "other's": ask(stocked, caller, method, path, others)}
        nobody = ask(stocked, stocked.nobody(), method, path, own)
        assert nobody == 401, f"{role}: {found}"
        if cell == "–":
            assert set(found.values()) == {403}, f"{role}: {found}"
            continue
        assert found["own"] not in REFUSED, f"{role}: {found}"
        if cell == OWN and path not in LISTS and not path.startswith(KUE_LISTS):
            assert found["own"] != 404, f"{role}: {found}"
            assert found["other's"] == 404, f"{role}: {found}"
        else:
            assert found["other's"] not in REFUSED, f"{role}: {found}"
            assert (found["own"] == 404) == (found["other's"] == 404), f"{role}: {found}"


def throwaway(gate: Gate) -> str:
    """The id of a new key, which the request may revoke."""
    _, key = ApiKey.issue("carl", (Role.VIEWER,), ())
    gate.usher.api_keys.add(key)
    return key.id


def test_the_table_has_every_route_that_needs_a_key(gate: Gate) -> None:
    told = {(method, path) for method, path, _ in TABLE}
    served = {
        (method, re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule))
        for rule in gate.application.url_map.iter_rules()
        if ROUTES[rule.endpoint] not in (Permission.PUBLIC, Permission.BUY)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert told == served
