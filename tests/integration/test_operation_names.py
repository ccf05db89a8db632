"""The ids of the operations read well, since generated clients name functions after them; such a client works."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from flask import Flask

from tests.integration.api_system import Api
from tests.integration.served_documents import operations

VERBS = {
    "audit", "cancel", "check", "confirm", "count", "create", "delete", "edit", "export", "extend", "forget", "get",
    "import", "list", "open", "pause", "put", "quiet", "reduce", "release", "replay", "resend", "reserve", "restock",
    "resume", "revoke", "rotate", "run", "sell", "set", "stop", "watch",
}  # fmt: skip


def test_every_operation_is_called_by_a_verb_and_what_it_is_about(document: Any) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for name in names:
        verb, _, noun = name.partition("_")
        assert verb in VERBS, name
        assert re.fullmatch(r"[a-z]+(_[a-z]+){0,2}", noun), name
    assert {"reserve_seats", "confirm_reservation", "create_jobs", "watch_topic", "get_stats"} <= set(names)


def test_no_summary_needs_the_one_before_it(document: Any) -> None:
    for _, _, operation in operations(document):
        assert not re.match(r"\S+ (them|it|this)\b", operation["summary"]), operation["summary"]


@pytest.fixture(scope="module")
def generated(application: Flask, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """What openapi-python-client makes of the served document."""
    directory = tmp_path_factory.mktemp("generated")
    with application.test_client() as client:
        (directory / "openapi.json").write_text(json.dumps(client.get("/docs/openapi.json").json))
    programs = Path(sys.executable).parent
    command = [str(programs / "openapi-python-client"), "generate", "--path", "openapi.json", "--meta", "none"]
    made = subprocess.run(
        [*command, "--output-path", "usher_generated"],
        cwd=directory,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},  # it formats with ruff
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    warnings = re.findall(r"^(?:WARNING|ERROR|Unsupported).*", made.stdout + made.stderr, re.MULTILINE)
    assert warnings == [  # it knows no lines; the routes are there all the same
        "WARNING parsing GET /v1/customers/{customer} within customers.",
        "WARNING parsing POST /v1/notifications within notifications.",
        "Unsupported content type application/x-ndjson",
    ]
    sys.path.insert(0, str(directory))
    try:
        return importlib.import_module("usher_generated")
    finally:
        sys.path.remove(str(directory))


def part(generated: ModuleType, name: str) -> Any:
    return importlib.import_module(f"{generated.__name__}.{name}")


def test_a_generated_client_has_a_function_for_each_operation(generated: ModuleType, document: Any) -> None:
    place = Path(str(generated.__file__)).parent / "api"
    made = {path.stem for path in place.rglob("*.py")} - {"__init__"}
    assert made == {operation["operationId"] for _, _, operation in operations(document)}


def test_a_generated_client_reserves_and_confirms(generated: ModuleType, api: Api, application: Flask) -> None:
    # Given a client as a program would make it, here without a network
    show = api.show(floor=10)
    transport = httpx.WSGITransport(app=application)
    client = generated.Client(base_url="http://localhost", httpx_args={"transport": transport})
    reserve_seats = part(generated, "api.reservations.reserve_seats")
    confirm = part(generated, "api.reservations.confirm_reservation")
    models = part(generated, "models")

    # When it reserves, twice with the same key, confirms, and asks for too much
    body = models.SeatsBody(lines=[models.LineBody(pool="floor", quantity=2)], customer="ada")
    with client:
        held, again = (
            reserve_seats.sync(show, client=client, body=body, prefer="wait=10", idempotency_key=f"key-{show}")
            for _ in range(2)
        )
        sold = confirm.sync(held.id, client=client, body=models.ConfirmBody(), prefer="wait=10")
        body.lines[0].quantity = 9
        refused = reserve_seats.sync(show, client=client, body=body, prefer="wait=10")

    # Then its answers are objects of the types that the document names
    assert type(held) is models.Reservation
    assert (held.state, again.id, sold.state) == ("held", held.id, "confirmed")
    assert (type(refused), refused.code) == (models.Problem, "sold_out")
