"""The clients' methods about keys and the audit log, with the key of an admin, against a real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks_app.access import ApiKey, Role
from tests.integration.real_server import RealServer
from tests.roots import Root
from tests.servers import Valkey
from tests.system.clients.callers import node
from tests.system.clients.tour import Awaited
from usher_client import UsherClient, UsherError

EXPECTED = {
    "made": ["shop", ["client"], ["show:hamlet"], True, True],
    "limits": [["5/s", None], ["5/s", 3], [None, "none"]],
    "rotated": [True, True, ["show:hamlet"]],
    "states": ["revoked", "revoked"],
    "listed": ["revoked", "revoked"],
    "whats": ["rotate_key", "edit_key", "edit_key", "create_key"],
    "unknown": "key_not_found",
}


@pytest.fixture
def server(valkey: Valkey, usher: Root, tmp_path: Path) -> Iterator[RealServer]:
    made = RealServer(None, tmp_path / "log", REDIS_URL=valkey.url(0), BROKER_URL=valkey.url(1))
    yield made
    made.stop()


@pytest.fixture
def admin(usher: Root) -> str:
    token, key = ApiKey.issue("root", (Role.ADMIN,))
    usher.api_keys.add(key)
    return token


@pytest.mark.parametrize("client", [UsherClient, Awaited])
def test_the_python_clients_lead_a_key_through_its_life(server: RealServer, admin: str, client: Any) -> None:
    with client(f"http://127.0.0.1:{server.port}", api_key=admin) as usher:
        assert life(usher) == EXPECTED


def test_the_javascript_client_leads_a_key_through_its_life(server: RealServer, admin: str) -> None:
    assert node(f"http://127.0.0.1:{server.port}", "keys", admin) == EXPECTED


def life(usher: Any) -> dict[str, Any]:
    """As `keys` of play.js."""
    made = usher.create_key("shop", ["client"], scopes=["show:hamlet"], expires_seconds=600, rate="5/s")
    edited = [usher.edit_key(made.id, streams=3), usher.edit_key(made.id, rate=None, streams="none")]
    rotated = usher.rotate_key(made.id, overlap_seconds=30)
    assert made.key not in repr(made)
    states = [usher.revoke_key(one.id).state for one in (made, rotated)]
    whats = [change.what for change in usher.list_changes(who="root", on=f"key:{made.id}")]
    found = {
        "made": [
            made.owner,
            made.roles,
            made.scopes,
            made.expires_ms > made.created_ms,
            made.key.startswith(f"usk_{made.id}_"),
        ],
        "limits": [[one.rate, one.streams] for one in (made, *edited)],
        "rotated": [
            rotated.id != made.id,
            rotated.key.startswith(f"usk_{rotated.id}_"),
            usher.get_key(made.id).scopes,
        ],
        "states": states,
        "listed": [one.state for one in usher.list_keys() if one.id in (made.id, rotated.id)],
        "whats": [what for what in whats if what != "revoke_key"],
    }
    try:
        usher.get_key("aaaaaaaa")
    except UsherError as error:
        found["unknown"] = error.code
    return found
